import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { reasonText } from '../../i18n/reasonText.ts'
import type { Camera } from '../../shared/cameras.ts'
import { formatAvailability, formatDuration, formatSpan, formatValue } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { Loaded } from '../app/Loaded.tsx'
import { toProbe, toServer, toStream } from '../app/links.ts'
import { language, t } from '../app/words.ts'
import { useServers } from '../fleet/fleet.ts'
import { useMay } from '../fleet/me.tsx'
import { Facts, telephoneFact } from '../ui/Facts.tsx'
import { Pill } from '../ui/Mark.tsx'
import { engineNow, useNow, useNowEvery } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { conditionOf, conditionText, markOfCondition, ownerText } from './cameraViews.tsx'
import { useAccountNames } from './useCameras.ts'

export function CameraPill({ camera }: { readonly camera: Camera }) {
  // Each second; its state is that of now, also while the window shows the past.
  useNow()
  const condition = conditionOf(camera)
  const { since, severity } = camera.now
  return (
    <Pill kind={markOfCondition(condition, severity)}>
      {conditionText(condition, t)} {since !== null && formatDuration(Math.max(0, engineNow() - since))}
    </Pill>
  )
}

/** What a camera is, whose, and whom to call. `isPlain`: for whoever sees no cameras but his own. */
export function CameraFacts({ camera, isPlain = false }: { readonly camera: Camera; readonly isPlain?: boolean }) {
  const accounts = useAccountNames()
  const { expected, project, place, importance, telephone, tags, notes, now } = camera
  const isOfPlan = expected !== null && expected !== 'always'
  const plans = useQuery({ ...orpc.onAir.list.queryOptions(), enabled: useMay('view') && isOfPlan, staleTime: 30_000, retry: false })
  return (
    <Panel title={t('common.details')} className="flex-none">
      <Facts
        rows={[
          [t('common.reason'), now.why === null ? '' : reasonText(now.why, language)],
          [t('cameras.column.project'), project],
          [t('cameras.column.place'), place],
          [t('cameras.column.owner'), isPlain ? '' : ownerText(camera, accounts)],
          [
            t('cameras.form.expected'),
            expected === 'always' ? t('cameras.form.always') : isOfPlan ? (plans.data?.find(({ id }) => id === expected)?.name ?? t('onAir.title')) : '',
          ],
          [t('cameras.form.importance'), t(`cameras.importance.${importance}`)],
          [t('cameras.form.telephone'), telephoneFact(telephone)],
          [t('common.tags'), tags.join(', ')],
          [t('common.in'), now.bitrateInBps === null ? '' : formatValue(now.bitrateInBps, 'bps')],
          [t('common.readers'), now.readers === null ? '' : formatValue(now.readers, 'count')],
          [t('cameras.form.notes'), notes],
        ]}
      />
    </Panel>
  )
}

export function CameraStreams({ camera: { streams, pushed, now } }: { readonly camera: Camera }) {
  const servers = useServers()
  const nameOf = (serverId: string) => servers.find(({ id }) => id === serverId)?.name ?? serverId
  const link = (serverId: string, path: string) => (
    <>
      <Link to={toServer(serverId)} className="text-muted hover:underline">
        {nameOf(serverId)}
      </Link>{' '}
      /{' '}
      <Link to={toStream(serverId, path)} className="font-medium hover:underline">
        {path}
      </Link>
    </>
  )
  return (
    <Panel title={t('common.streams')} className="flex-none">
      {streams.length === 0 && pushed === null && <p className="text-muted">{t('cameras.noStreams')}</p>}
      <ul className="flex flex-col gap-1">
        {streams.map((stream, place) => (
          <li key={place} className="flex gap-2">
            <span className="w-[74px] flex-none text-faint">{t(`cameras.use.${stream.use}`)}</span>
            <span className="min-w-0 break-all">
              {'path' in stream ? link(stream.serverId, stream.path) : <span className="font-mono text-sm">{stream.address}</span>}
            </span>
          </li>
        ))}
        {pushed !== null && (
          <li className="flex gap-2">
            <span className="w-[74px] flex-none text-faint">{t('cameras.push.pushed')}</span>
            <span className="min-w-0 break-all">{link(pushed.serverId, pushed.path)}</span>
          </li>
        )}
        {now.probeId !== null && (
          <li className="flex gap-2">
            <span className="w-[74px] flex-none text-faint">{t('common.probe')}</span>
            <Link to={toProbe(now.probeId)} className="hover:underline">
              {t('cameras.readByProbe')}
            </Link>
          </li>
        )}
      </ul>
    </Panel>
  )
}

const dayMs = 86_400_000
const everyMs = 60_000
export function CameraAvailability({ serverId, path }: { readonly serverId: string; readonly path: string }) {
  const to = useNowEvery(everyMs)
  return (
    <Panel title={t('common.availability')} className="flex-none">
      <dl className="grid grid-cols-2 gap-3">
        {[7, 30].map((days) => (
          <OfDays key={days} serverId={serverId} path={path} from={to - days * dayMs} to={to} />
        ))}
      </dl>
    </Panel>
  )
}
function OfDays({ serverId, path, from, to }: { readonly serverId: string; readonly path: string; readonly from: number; readonly to: number }) {
  const query = useQuery({
    ...orpc.availability.read.queryOptions({ input: { of: 'stream', server: serverId, path, from, to, limit: 1 } }),
    placeholderData: keepPreviousData,
    staleTime: everyMs,
  })
  return (
    <div>
      <dt className="text-muted text-sm">{t('recordings.span', { time: formatSpan(to - from) })}</dt>
      <dd>
        <Loaded query={query} rows={1}>
          {({ all: { percent, outages, downMs, unknownMs } }) => (
            <>
              <span className="font-semibold text-lg tabular-nums">{percent === null ? t('common.noData') : formatAvailability(percent)}</span>
              <div className="text-faint text-sm">
                {t('cameras.outages', { count: outages })}
                {downMs > 0 && ` · ${t('availability.column.down')} ${formatDuration(downMs)}`}
                {unknownMs > 60_000 && ` · ${t('availability.column.unknown')} ${formatDuration(unknownMs)}`}
              </div>
            </>
          )}
        </Loaded>
      </dd>
    </div>
  )
}
