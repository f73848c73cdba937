import * as z from 'zod';
import { account, arnParts, oidcProvider } from './fields';
import { GITLAB_URL } from './pipelines';
import { describe } from './problems';
import { pair, rule } from './rule';

const SYSTEMS = ['github', 'gitlab'] as const;

/** One system's part of `pipelines`, in the place of the whole. */
const pipelinesOf = <S extends z.ZodRawShape>(system: (typeof SYSTEMS)[number], shape: S) =>
  z.object({
    pipelines: z.object({ [system]: z.object(shape) }).transform((value) => value[system] as z.output<z.ZodObject<S>>),
  });

const providersHere = SYSTEMS.map((system) =>
  rule(pipelinesOf(system, { provider: oidcProvider }).extend({ account }), (stage) => {
    const { provider } = stage.pipelines;
    const owner = arnParts(provider).account;
    if (provider === 'create' || owner === stage.account) return [];
    const must = `must be a provider of the stage's account ${stage.account}`;
    return [{ path: `pipelines.${system}.provider`, must, found: owner }];
  }),
);

const providerOfGitlab = rule(
  pipelinesOf('gitlab', { provider: oidcProvider, url: z.string().default(GITLAB_URL) }),
  ({ pipelines: { provider, url } }) => {
    const issuer = url.replace('https://', '');
    if (provider === 'create' || provider.endsWith(`:oidc-provider/${issuer}`)) return [];
    return [
      {
        path: 'pipelines.gitlab.provider',
        must: `must be the provider of ${issuer}, or url must name the GitLab that it is for`,
        found: provider,
      },
    ];
  },
);

const stage = z.string();

/** An account has one provider for an issuer: it is made once, or not at all. */
const sameProviders = SYSTEMS.map((system) =>
  pair(
    pipelinesOf(system, { provider: z.string(), url: z.string().default(GITLAB_URL) }).extend({ stage, account }),
    (earlier, later) => {
      const [one, other] = [earlier.pipelines, later.pipelines];
      if (earlier.account !== later.account || one.url !== other.url || one.provider === other.provider)
        return undefined;
      const must = `must be ${one.provider} as in ${earlier.stage}, which has the same account`;
      return { path: `pipelines.${system}.provider`, must, found: describe(other.provider) };
    },
  ),
);

/** With the environment of another stage, its approval would be asked for the wrong deploy, or none for the right one. */
const ownEnvironment = pair(
  pipelinesOf('github', { repository: z.string(), environment: z.string() }).extend({ stage }),
  (earlier, later) => {
    const [one, other] = [earlier.pipelines, later.pipelines];
    if (one.repository !== other.repository || one.environment !== other.environment) return undefined;
    const must = `must differ from the one of ${earlier.stage}`;
    return { path: 'pipelines.github.environment', must, found: describe(other.environment) };
  },
);

/** What `pipelines` says about its own stage. */
export const PIPELINE_RULES = [...providersHere, providerOfGitlab];
/** What the `pipelines` of two stages say about each other. */
export const PIPELINE_PAIRS = [...sameProviders, ownEnvironment];
