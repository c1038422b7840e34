import { z } from 'zod'
import type { Slice } from '../../clock/slices.ts'
import { type BundleScope, bundleChoiceOf } from '../../shared/bundles.ts'
import { dailyChangeSchema, dailyStates, dailyVerdictSchema, mostCameras } from '../../shared/dailyChecks.ts'
import { isProbeId } from '../../shared/ownerIds.ts'
import { serverIdSchema } from '../../shared/servers.ts'
import { askedMs } from '../../shared/time.ts'
import type { BundledReports } from '../bundles/bundles.ts'
import type { AddressHider } from '../hiddenAddresses.ts'
import { type CameraName, foundSchema } from './dailyCamera.ts'
import type { DailyRows } from './dailyRows.ts'

/** Cameras of all reports in one bundle, and letters of them: the newest reports. */
const mostBundled = 100_000
const mostLetters = 30_000_000
/** No bundle of ours has more. */
const mostRead = 2 * mostLetters

const moment = askedMs.pipe(z.number().int().min(0))
const name = z.string().max(4_096)
const storedCameraSchema = z.object({
  no: z.number().int().min(0),
  owner: serverIdSchema,
  path: name,
  name,
  place: name,
  verdict: dailyVerdictSchema,
  change: dailyChangeSchema.nullable(),
  faultSince: moment.nullable(),
  checkedAt: moment.nullable(),
  found: foundSchema,
})
const reportSchema = z.object({
  id: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  state: z.enum(dailyStates).exclude(['running']),
  plannedAt: moment,
  startedAt: moment.nullable(),
  endsAt: moment,
  endedAt: moment.nullable(),
  by: name.nullable(),
  wakes: z.boolean(),
  leftOut: z.number().int().min(0),
  /** The report that it is compared with. */
  before: z.number().int().nullable(),
  cameras: z.array(z.unknown()).max(mostCameras * 2),
})
export type StoredCamera = z.infer<typeof storedCameraSchema>
/** A report as it is stored, with all of its cameras. */
export interface StoredReport extends Omit<z.infer<typeof reportSchema>, 'cameras'> {
  readonly cameras: readonly StoredCamera[]
}

/** A probe's pictures of faults have the empty path. */
const probePath = 'daily'
/** Whose picture of a camera is kept, and under which path. */
export function pictureOwner({ owner, path }: CameraName): readonly [string, string] {
  return [owner, path === '' ? probePath : path]
}

/**
 * The reports of a period as text for a bundle, with those of the cameras that were chosen: those that were due in it, the one that
 * was the newest when it began, and those that they are compared with. One that still runs is left out. `hider`: replaces addresses in
 * what was said of them; null: they stay. Works in slices.
 */
export async function bundledReports(
  rows: Pick<DailyRows, 'bundled' | 'stored' | 'storedCameras'>,
  scope: BundleScope,
  hider: AddressHider | null,
  slice: Slice,
  signal: AbortSignal,
): Promise<BundledReports> {
  const { isWholeFleet, hasProbe, hasStream } = bundleChoiceOf(scope)
  const texts: string[] = []
  const pictures: BundledReports['pictures'][number][] = []
  let letters = 0
  let read = 0
  for (const id of rows.bundled(scope.from, scope.to)) {
    const report = rows.stored(id)
    if (report === null) continue
    const cameras: string[] = []
    for (let after = -1, more = true; more; ) {
      const some = rows.storedCameras(id, after)
      for (const camera of some) {
        after = camera.no
        if (!(isProbeId(camera.owner) ? hasProbe(camera.owner) : hasStream(camera.owner, camera.path))) continue
        const text = JSON.stringify(hider === null ? camera : { ...camera, found: hider.value(camera.found) })
        cameras.push(text)
        letters += text.length
        if (camera.found.picture !== null) {
          const [ownerId, path] = pictureOwner(camera)
          pictures.push({ ownerId, path, at: camera.found.picture.at })
        }
      }
      more = some.length > 0
      if (slice.isOver()) await slice.next(signal)
    }
    read += cameras.length
    if (read > mostBundled || letters > mostLetters) break
    if (cameras.length === 0 && report.state !== 'missed') continue
    const head = JSON.stringify({ ...report, leftOut: isWholeFleet ? report.leftOut : 0 })
    texts.push(`${head.slice(0, -1)},"cameras":[${cameras.join(',')}]}`)
  }
  return { text: `[${texts.join(',')}]`, count: texts.length, pictures }
}

/** Reads the reports of a bundle, which is not trusted. What is not known here is left out. */
export function readBundledReports(text: string | undefined): StoredReport[] {
  if (text === undefined || text.length > mostRead) return []
  let all: unknown
  try {
    all = JSON.parse(text)
  } catch {
    return []
  }
  const found = new Map<number, StoredReport>()
  let cameras = 0
  for (const one of Array.isArray(all) ? all : []) {
    const report = reportSchema.safeParse(one)
    if (!report.success) continue
    cameras += report.data.cameras.length
    if (cameras > mostBundled) break
    found.set(report.data.id, {
      ...report.data,
      cameras: report.data.cameras.flatMap((camera) => {
        const known = storedCameraSchema.safeParse(camera)
        return known.success ? [known.data] : []
      }),
    })
  }
  return [...found.values()]
}
