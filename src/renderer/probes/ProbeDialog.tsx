import { gradeReasonText } from '../../i18n/gradeText.ts'
import { pictureText } from '../../i18n/pictureText.ts'
import { type ContentWatch, contentWatchOf, lastingIn } from '../../shared/probeContent.ts'
import { gradeOf, gradeReasonsOf } from '../../shared/probeGrades.ts'
import { type Probe, type ProbeInput, probeInputSchema, type TestedProbe } from '../../shared/probes.ts'
import { client, orpc, renew } from '../app/client.ts'
import { EditDialog } from '../app/editing/EditDialog.tsx'
import type { EditedNoun } from '../app/editing/useEditing.ts'
import { language, t } from '../app/words.ts'
import { showStored } from '../fleet/listed.ts'
import { Mark } from '../ui/Mark.tsx'
import { Section } from '../ui/Panel.tsx'
import { emptyProbeForm, nameFromAddress, type ProbeForm, probeFields, probeFormOf, probeInputOf, testedPart } from './probeForm.ts'
import { markOfVerdict, reasonKey } from './probeViews.ts'
import { ContentFacts, ReadingFacts } from './ReadingFacts.tsx'

type ProbeTestInput = Pick<ProbeInput, 'url' | 'lookSeconds' | 'profile' | 'checks' | 'thresholds'>
type ProbeTest = TestedProbe & { readonly watch: ContentWatch | null; readonly checksTransport: boolean }

const probeNoun: EditedNoun<Probe, ProbeForm, ProbeInput, ProbeTestInput, ProbeTest> = {
  title: 'common.addAProbe',
  fields: probeFields,
  empty: emptyProbeForm,
  entriesOf: probeFormOf,
  nameOf: ({ url }) => nameFromAddress(url),
  inputOf: probeInputOf,
  schema: probeInputSchema,
  testSchema: probeInputSchema.pick({ url: true, lookSeconds: true, profile: true, checks: true, thresholds: true }),
  add: async (input) => showStored(orpc.probes.list.queryKey(), await client.probes.add(input)),
  update: async (id, change) => showStored(orpc.probes.list.queryKey(), await client.probes.update({ id, change })),
  test: async (input, id, signal) => ({
    ...(await client.probes.test({ ...input, ...(id === undefined ? {} : { id }) }, { signal })),
    watch: contentWatchOf(input),
    checksTransport: input.checks.includes('transport'),
  }),
  refusals: { KEY_UNAVAILABLE: 'probes.form.noSecrets' },
  afterStoring: () => void renew('probes'),
  testedPart,
  works: ({ reading }) => reading !== null,
  Answer: ({ result }) => <ProbeTestView result={result} />,
}

export function ProbeDialog({ probe, onClose }: { readonly probe: Probe | null; readonly onClose: () => void }) {
  return <EditDialog noun={probeNoun} edited={probe} onClose={onClose} />
}

function ProbeTestView({ result: { reading, why, watch, checksTransport } }: { readonly result: ProbeTest }) {
  const reasons = reading === null ? [] : gradeReasonsOf(reading, null, lastingIn(reading.content))
  const grade = gradeOf(reasons)
  return (
    <div className="flex flex-col gap-1 rounded-lg border border-line bg-bg p-3" role="status">
      {reading === null ? (
        <>
          <Mark kind="critical" size={13} word={t('probes.testFailed')} />
          {why !== null && <p className="break-words">{pictureText(why, language)}</p>}
        </>
      ) : (
        <>
          <div className="flex flex-wrap items-baseline gap-x-2 font-semibold">
            <Mark kind={markOfVerdict(grade)} size={13} /> {t('probes.testWorks', { grade: t(`probes.verdict.${grade}`) })}
          </div>
          {reasons.map((reason) => (
            <p key={reasonKey(reason)}>{gradeReasonText(reason, language)}</p>
          ))}
          {watch !== null && (
            <Section title={t('probes.content.title')}>
              <ContentFacts watch={watch} reading={reading} readAt={null} lasting={lastingIn(reading.content).map((one) => ({ ...one, since: null }))} />
            </Section>
          )}
          <ReadingFacts reading={reading} bitrate={null} checksTransport={checksTransport} bySrt={false} />
        </>
      )}
    </div>
  )
}
