import { phaseText } from '../../../lambda/run-timeline/launch';
import { timeInBoth } from '../../../lambda/run-timeline/message';
import { figuresSection, reconciliationSection, retrospectiveSection } from './after-launch-sections';
import { openPoints, openSection, paycaSection, recordsSection } from './closing-sections';
import { isMissing, type LaunchFacts } from './facts';
import { alarmsSection, dashboardsSection, timelineSection } from './launch-sections';
import { lineStatuses } from './line-status';
import {
  badge,
  type Inline,
  type LaunchDocument,
  moment,
  person,
  type Section,
  type Text,
  verdictBadge,
} from './model';
import { complianceSection, readinessSection, smokeSection } from './readiness-sections';

const RUNBOOK_PAGE = 'https://docs.stage.payca.vc/guides/go-live-runbook';

/** The launch document: what is recorded, each statement with its record, and what nobody recorded. */
export function launchDocument(facts: LaunchFacts): LaunchDocument {
  const sections = [
    openSection(facts),
    readinessSection(facts),
    timelineSection(facts),
    smokeSection(facts),
    figuresSection(facts),
    dashboardsSection(facts),
    alarmsSection(facts),
    reconciliationSection(facts),
    retrospectiveSection(facts),
    complianceSection(facts),
    paycaSection(facts),
  ];
  const { programme, stage } = facts.config;
  const records = citedIn(sections);
  return {
    title: `Launch of ${programme}, ${stage}`,
    subtitle:
      'Made from recorded facts only. What nobody recorded is said to be missing; R1 and so on lead to the records.',
    facts: summary(facts),
    sections: [...sections, recordsSection(facts, records)],
    records,
  };
}

function summary(facts: LaunchFacts): [string, Text][] {
  const { launch, evidence, config, madeAt } = facts;
  const open = openPoints(facts).length;
  const intact = evidence.problems.length === 0;
  return [
    ['T', isMissing(launch) ? 'not set' : timeInBoth(new Date(launch.at), config.launch.zone)],
    ['Launch', isMissing(launch) ? badge('none recorded', 'plain') : phaseText(launch)],
    ['Go on the day', goOnTheDay(facts)],
    ['Readiness now', verdictBadge(lineStatuses(facts).answer.decision)],
    ['Open points', open === 0 ? badge('none', 'good') : { link: '#open', text: String(open) }],
    [
      'Evidence',
      [String(evidence.records.length), ' records, ', intact ? badge('intact', 'good') : badge('not intact', 'bad')],
    ],
    ['Runbook', { link: RUNBOOK_PAGE, text: "PayCA's go-live runbook" }],
    ['Made', moment(madeAt)],
  ];
}

/** What the timeline's step found, and who went on all the same. */
function goOnTheDay({ launch }: LaunchFacts): Text {
  const go = isMissing(launch) ? undefined : launch.steps.go;
  if (go?.state !== 'done') return badge('not asked yet', 'plain');
  return [verdictBadge(go.verdict), go.approved ? ` approved by ${person(go.approved.by)}` : ''];
}

/** Keys of records in the order in which they are named first. */
function citedIn(sections: readonly Section[]): string[] {
  const found: string[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('record' in value && typeof value.record === 'string')
      found.push((value as Extract<Inline, { record: string }>).record);
    else for (const part of Object.values(value)) look(part);
  };
  look(sections);
  return [...new Set(found)];
}
