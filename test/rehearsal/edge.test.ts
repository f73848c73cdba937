import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Authority, authority } from '../../rehearsal/certificates';
import { Client, type ClientOptions, handshake, offerTls11 } from '../../rehearsal/client';
import { Edge } from '../../rehearsal/edge';
import type { Invocation, LambdaFunction } from '../../rehearsal/functions';
import { deployed, document, getAtt, the } from './deployment';

const HOST = 'webhooks.acme-pay.eu';
const IPV4 = ['192.0.2.0/24', '198.51.100.7/32'];
const IPV6 = ['2001:db8:100::/48'];

interface Setting {
  readonly securityPolicy?: string;
  readonly api?: object;
  /** Addresses that the firewall lets through; none stands before the API when absent. */
  readonly firewall?: { readonly ipv4: string[]; readonly ipv6: string[] };
  readonly outcome?: Invocation;
}

interface Seen {
  readonly body: string | null;
  readonly isBase64Encoded: boolean;
  readonly requestContext: { readonly identity: { readonly sourceIp: string } };
}

const closing: (() => void)[] = [];
let ca: Authority;
let certificate: Authority;
beforeAll(async () => {
  ca = await authority('Rehearsal CA');
  certificate = await authority(HOST, {
    issuer: ca,
    ca: false,
    hosts: [HOST, 'localhost', '*.execute-api.eu-central-1.amazonaws.com', 'other.example.com'],
  });
});
afterAll(() => {
  for (const close of closing) close();
});

const reference = (id: string) => ({ IPSetReferenceStatement: { Arn: getAtt(id) } });

function template({ securityPolicy = 'TLS_1_2', api, firewall }: Setting) {
  const addresses = [...IPV4, ...IPV6];
  const uri = ['arn:aws:apigateway:eu-central-1:lambda:path/functions/', getAtt('Function'), '/invocations'];
  return deployed({
    Domain: { Type: 'AWS::ApiGateway::DomainName', Properties: { DomainName: HOST, SecurityPolicy: securityPolicy } },
    Api: {
      Type: 'AWS::ApiGateway::RestApi',
      Properties: {
        DisableExecuteApiEndpoint: true,
        BinaryMediaTypes: ['*/*'],
        Policy: document({
          Effect: 'Allow',
          Principal: { AWS: '*' },
          Action: 'execute-api:Invoke',
          Resource: 'execute-api:/*',
          Condition: { IpAddress: { 'aws:SourceIp': addresses } },
        }),
        ...api,
      },
    },
    Path: { Type: 'AWS::ApiGateway::Resource', Properties: { PathPart: 'webhooks' } },
    Method: {
      Type: 'AWS::ApiGateway::Method',
      Properties: { HttpMethod: 'POST', ResourceId: { Ref: 'Path' }, Integration: { Uri: { 'Fn::Join': ['', uri] } } },
    },
    Stage: {
      Type: 'AWS::ApiGateway::Stage',
      Properties: {
        AccessLogSetting: { Format: '$context.identity.sourceIp $context.status $context.error.responseType' },
      },
    },
    Function: { Type: 'AWS::Lambda::Function' },
    ...(firewall && {
      Ipv4: { Type: 'AWS::WAFv2::IPSet', Properties: { Addresses: firewall.ipv4 } },
      Ipv6: { Type: 'AWS::WAFv2::IPSet', Properties: { Addresses: firewall.ipv6 } },
      Acl: {
        Type: 'AWS::WAFv2::WebACL',
        Properties: {
          Rules: [
            { OverrideAction: { Count: {} }, Statement: { ManagedRuleGroupStatement: {} } },
            {
              Action: { Block: {} },
              Statement: {
                NotStatement: { Statement: { OrStatement: { Statements: [reference('Ipv4'), reference('Ipv6')] } } },
              },
            },
          ],
        },
      },
    }),
  });
}

async function open(setting: Setting = {}) {
  const deployment = template(setting);
  const seen: Seen[] = [];
  const receiver = {
    resource: the(deployment, 'Function'),
    invoke: async (event: Seen) => {
      seen.push(event);
      return setting.outcome ?? { result: { statusCode: 204 } };
    },
  };
  const edge = new Edge(deployment, [receiver as unknown as LambdaFunction]);
  const port = await edge.listen(certificate);
  closing.push(() => edge.close());
  const address = { port, host: HOST, ca: ca.pem, from: '192.0.2.9' };
  const post = async (options: Partial<ClientOptions> = {}, path = '/webhooks', body = '{}') => {
    const client = new Client({ ...address, ...options });
    closing.push(() => client.close());
    return (await client.post(path, Buffer.from(body), { 'content-type': 'application/json' })).status;
  };
  return { edge, seen, address, post };
}

describe('the allow-list', () => {
  const listed = ['192.0.2.255', '198.51.100.7', '2001:db8:100:ffff::1'];
  const strangers = ['192.0.3.0', '198.51.100.8', '2001:db8:101::1', '8.8.8.8'];

  test('of the policy holds in both families, for the address that the PROXY line names', async () => {
    const { post, seen, edge } = await open();
    for (const from of listed) expect([from, await post({ from })]).toEqual([from, 204]);
    for (const from of strangers) expect([from, await post({ from })]).toEqual([from, 403]);
    expect(seen.map(({ requestContext }) => requestContext.identity.sourceIp)).toEqual(listed);
    expect(edge.accessLog).toEqual([
      ...listed.map((from) => `${from} 204 -`),
      ...strangers.map((from) => `${from} 403 ACCESS_DENIED`),
    ]);
  });

  test('of the firewall refuses before it', async () => {
    const { post, edge } = await open({ firewall: { ipv4: ['192.0.2.9/32'], ipv6: ['2001:db8:100::1/128'] } });
    expect([await post(), await post({ from: '2001:db8:100::1' })]).toEqual([204, 204]);
    expect([await post({ from: '192.0.2.10' }), await post({ from: '2001:db8:100::2' })]).toEqual([403, 403]);
    expect(edge.accessLog.at(-1)).toBe('2001:db8:100::2 403 WAF_FILTERED');
  });

  test('knows a sender without a PROXY line as this machine, or as whom it is told', async () => {
    const { post, edge } = await open();
    expect(await post({ from: undefined })).toBe(403);
    edge.direct = { address: '192.0.2.1', host: 'localhost' };
    expect(await post({ from: undefined, host: 'localhost' })).toBe(204);
  });

  test('reads a PROXY line that comes in pieces', async () => {
    const { address, seen } = await open();
    const socket = connect(address.port, '127.0.0.1');
    for (const piece of ['PRO', 'XY TCP4 192.0', '.2.77 127.0.0.1 40000 443\r', '\n']) {
      socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const tls = connectTls({ socket, servername: HOST, ca: ca.pem });
    tls.write(`POST /webhooks HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 2\r\n\r\n{}`);
    await new Promise((resolve) => tls.once('data', resolve));
    tls.destroy();
    expect(seen.at(-1)?.requestContext.identity.sourceIp).toBe('192.0.2.77');
  });
});

describe('the TLS floor', () => {
  test('of TLS_1_2 refuses 1.1 by an alert and takes 1.2 and 1.3', async () => {
    const { address } = await open();
    const [type, , , , , level, description] = await offerTls11(address);
    expect([type, level, description]).toEqual([21, 2, 70]);
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
      expect(await handshake({ ...address, version })).toEqual({ version });
  });

  test('of a policy for TLS 1.3 refuses 1.2', async () => {
    const { address } = await open({ securityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09' });
    expect(await handshake({ ...address, version: 'TLSv1.2' })).toHaveProperty('error');
    expect(await handshake({ ...address, version: 'TLSv1.3' })).toEqual({ version: 'TLSv1.3' });
  });

  test('of a policy that is not known is an error', async () => {
    await expect(open({ securityPolicy: 'TLS_9' })).rejects.toThrow('does not know the security policy TLS_9');
  });
});

describe('the API', () => {
  test('is closed under its default name, unless the template opens it', async () => {
    const closed = await open();
    expect(await closed.post({ host: closed.edge.defaultEndpoint })).toBe(403);
    const opened = await open({ api: { DisableExecuteApiEndpoint: false } });
    expect(await opened.post({ host: opened.edge.defaultEndpoint })).toBe(204);
    expect(await opened.post({ host: 'other.example.com' })).toBe(403);
  });

  test('has the paths and methods of the template only', async () => {
    const { post, edge } = await open();
    expect([await post({}, '/webhooks?a=b'), await post({}, '/'), await post({}, '/webhooks/x')]).toEqual([
      204, 403, 403,
    ]);
    expect(edge.accessLog.at(-1)).toBe('192.0.2.9 403 MISSING_AUTHENTICATION_TOKEN');
  });

  test.each([
    [['*/*'], 'e30=', true],
    [[], '{}', false],
  ])('with binary types %j hands a body over as %s', async (BinaryMediaTypes, body, isBase64Encoded) => {
    const { post, seen } = await open({ api: { BinaryMediaTypes } });
    await post();
    expect(seen[0]).toMatchObject({ body, isBase64Encoded });
  });

  test('answers 502 when the function fails, and says so in its log', async () => {
    const { post, edge } = await open({ outcome: { errorType: 'Runtime.ExitError', errorMessage: 'killed' } });
    expect(await post()).toBe(502);
    expect(edge.accessLog).toEqual(['192.0.2.9 502 INTEGRATION_FAILURE']);
  });
});
