import { useQuery, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { pictureText, toolProblemText } from '../../i18n/pictureText.ts'
import type { PictureTools } from '../../shared/previews.ts'
import type { SnapshotHalt, SnapshotStatus } from '../../shared/snapshots.ts'
import { formatDuration, formatMoment, formatNumber, formatSpan, formatTime, formatValue } from '../../shared/units.ts'
import { client, orpc } from '../app/client.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { Loaded } from '../app/Loaded.tsx'
import { usePageParams } from '../app/usePageParams.ts'
import { language, t } from '../app/words.ts'
import { Banner } from '../ui/Banner.tsx'
import { Button } from '../ui/Button.tsx'
import { Facts } from '../ui/Facts.tsx'
import { TextField } from '../ui/Field.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useEngineNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { exceptionLine, readSnapshots, snapshotEntries, snapshotFields } from './snapshotForm.ts'
import { useSetting } from './useSetting.ts'

/** Snapshots; the tools that make them and stills, and the ffmpeg to use if the console brings none. */
export function PictureSettings() {
  const query = useQuery(orpc.previews.tools.queryOptions())
  return (
    <div className="flex flex-col gap-3">
      <SnapshotSettings />
      <Panel title={t('settings.sections.pictures')}>
        <Loaded query={query} rows={3}>
          {(tools) => <Tools tools={tools} />}
        </Loaded>
      </Panel>
    </div>
  )
}

function Tools({ tools }: { readonly tools: PictureTools }) {
  const { uses, ffmpeg, sandbox } = tools
  return (
    <div className="flex flex-col gap-4">
      <Facts
        rows={[
          [
            t('settings.pictures.uses'),
            <>
              <Mark kind={uses === null ? 'major' : 'ok'} size={11} /> {t(`settings.pictures.use.${uses ?? 'nothing'}`)}
            </>,
          ],
          [
            t('settings.pictures.use.ffmpeg'),
            ffmpeg === null ? t('settings.pictures.noFfmpeg') : `${ffmpeg.path} · ${ffmpeg.version}`,
            <Evaluated key="judged" tools={tools} />,
          ],
          [
            t('settings.pictures.sandbox'),
            sandbox && (
              <>
                <Mark kind={sandbox === 'bwrap' ? 'ok' : 'minor'} size={11} />{' '}
                {t(`settings.pictures.sandboxed.${sandbox === 'otherSystem' ? 'refused' : sandbox}`)}
              </>
            ),
          ],
        ]}
      />
      <NameFfmpeg tools={tools} />
    </div>
  )
}

function Evaluated({ tools: { uses, ffmpeg, problem: why, install } }: { readonly tools: PictureTools }) {
  const problem = why === null ? '' : toolProblemText(why, language)
  if (ffmpeg === null && uses !== null) return problem
  if (ffmpeg === null) return install === '' ? problem : t('settings.pictures.install', { command: install, problem })
  return ffmpeg.lacks.length > 0 ? t('settings.pictures.lacks', { list: ffmpeg.lacks.join(', ') }) : null
}

function NameFfmpeg({ tools }: { readonly tools: PictureTools }) {
  const queryClient = useQueryClient()
  const { entry, enter, failure, isSaving, save } = useSetting<string>()
  return (
    <form
      className="grid max-w-[460px] gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        if (entry !== null) void save(async () => queryClient.setQueryData(orpc.previews.tools.queryKey(), await client.previews.keepFfmpeg({ ffmpeg: entry })))
      }}
    >
      <TextField
        label={t('settings.pictures.path')}
        hint={t('settings.pictures.pathHint')}
        error={failure}
        placeholder={tools.configured || 'PATH'}
        value={entry ?? tools.named}
        onChange={(event) => enter(event.target.value)}
      />
      <div>
        <Button type="submit" look="primary" disabled={entry === null || isSaving} text={t(isSaving ? 'common.testing' : 'common.save')} />
      </div>
    </form>
  )
}

const rereadMs = 5_000

/** The open form is in the address. */
function SnapshotSettings() {
  const queryClient = useQueryClient()
  const query = useQuery({ ...orpc.snapshots.status.queryOptions(), refetchInterval: rereadMs })
  const [params, , setParams] = usePageParams()
  const close = () => setParams(new URLSearchParams(), { replace: true })
  const status = query.data
  return (
    <Panel
      title={t('common.snapshots')}
      actions={status && <Button onClick={() => setParams(new URLSearchParams({ edit: '' }))}>{t('common.change')}</Button>}
      bodyClassName="flex flex-col gap-3"
    >
      <Loaded query={query} rows={4}>
        {(known) => <Known status={known} />}
      </Loaded>
      {params.has('edit') && status !== undefined && (
        <SendDialog
          title={t('common.snapshots')}
          submit={t('common.save')}
          fields={snapshotFields}
          start={snapshotEntries(status.settings)}
          read={readSnapshots}
          send={async (settings) => {
            queryClient.setQueryData(orpc.snapshots.status.queryKey(), await client.snapshots.keep(settings))
            toast(t('common.saved'))
          }}
          fieldOf={(key) => key}
          onClose={close}
        />
      )}
    </Panel>
  )
}

/** A round interval in one unit, any other to the second. */
const intervalMessage = (seconds: number): string => (seconds % 60 === 0 ? formatSpan : formatDuration)(seconds * 1000)

function Known({ status }: { readonly status: SnapshotStatus }) {
  const { settings, cost, kept, why, halts, streams, late } = status
  const every = settings.everySeconds === null ? t('snapshot.byHand') : t('common.everyTime', { time: intervalMessage(settings.everySeconds) })
  return (
    <>
      {why !== null && (
        <Banner kind="major" title={t('snapshot.none')}>
          {pictureText(why, language)}
        </Banner>
      )}
      {kept.trouble !== null && (
        <Banner kind="major" title={t('snapshot.notStored')}>
          {kept.trouble}
        </Banner>
      )}
      <Facts
        rows={[
          [t('snapshot.fact.taken'), every],
          [t('common.exceptions'), settings.exceptions.map(exceptionLine).join('\n')],
          [
            t('common.streams'),
            streams === 0 ? null : (
              <>
                {late > 0 && <Mark kind="minor" size={11} />} {t('snapshot.streams', { count: streams })}
                {late > 0 && ` · ${t('snapshot.late', { count: late })}`}
              </>
            ),
            late > 0 ? t('snapshot.lateHint') : undefined,
          ],
          [
            t('snapshot.fact.cost'),
            t('snapshot.cost', { readers: formatNumber(cost.readers, 1), rate: formatValue(cost.bitsPerSecond, 'bps') }),
            t('snapshot.lastMinute', { count: cost.taken }),
          ],
          [t('snapshot.fact.limit'), `${formatValue(settings.megabitsPerSecond * 1e6, 'bps')} · ${t('snapshot.atOnce', { count: settings.atOnce })}`],
          [
            t('snapshot.fact.kept'),
            kept.oldestAt === null
              ? t('common.noneYet')
              : `${t('snapshot.keptCount', { count: kept.snapshots })} · ${formatValue(kept.bytes, 'bytes')} · ${t('common.sinceTime', { time: formatMoment(kept.oldestAt, 'minute') })}`,
            t('snapshot.keptFor', {
              days: formatNumber(settings.keepDays, 0),
              alarmDays: formatNumber(settings.keepAlarmDays, 0),
              size: formatValue(settings.keepMegabytes * 1e6, 'bytes'),
            }),
          ],
        ]}
      />
      {halts.length > 0 && <Halts halts={halts} />}
    </>
  )
}

/** Streams and servers of which none are taken although they are due. */
function Halts({ halts }: { readonly halts: readonly SnapshotHalt[] }) {
  const now = useEngineNow()
  return (
    <section aria-label={t('snapshot.halts')}>
      <h3 className="mb-1 font-semibold">
        {t('snapshot.halts')} <span className="font-normal text-faint">{formatNumber(halts.length, 0)}</span>
      </h3>
      <ul className="flex flex-col gap-1.5">
        {halts.map(({ serverId, serverName, path, why, since, nextAt }) => (
          <li key={`${serverId}/${path ?? ''}`}>
            <div className="flex flex-wrap items-baseline gap-x-2">
              <Mark kind="minor" size={11} />
              <span className="min-w-0 break-words font-medium">{path === null ? serverName : `${path} · ${serverName}`}</span>
              <span className="text-faint text-sm">
                {t('common.forTime', { time: formatDuration(now - since) })} ·{' '}
                {nextAt === null ? t('snapshot.nextByHand') : nextAt <= now ? t('snapshot.nextTurn') : t('snapshot.nextAt', { time: formatTime(nextAt) })}
              </span>
            </div>
            <p className="break-words pl-5 text-muted">{pictureText(why, language)}</p>
          </li>
        ))}
      </ul>
    </section>
  )
}
