import type { z } from 'zod'
import { type DailyCamera, type DailyChange, type DailyVerdict, dailyCameraSchema } from '../../shared/dailyChecks.ts'
import { storedJson } from '../storage/storedJson.ts'

/** A camera: a path of a server, or a probe, whose path is empty. */
export interface CameraName {
  /** Id of the server or the probe. */
  readonly owner: string
  readonly path: string
}
export interface Camera extends CameraName {
  /** Path of a stream, or name of a probe. */
  readonly name: string
  /** Name of the server, or project of the probe. */
  readonly place: string
}
/** What is kept of a camera from report to report, beside its name. */
export interface CameraKnowledge {
  /** When the first report in a row began in which it has a fault; null: it had none in the last one that checked it. */
  readonly faultSince: number | null
  /** Size that its picture has as far as is known. */
  readonly widthPx: number | null
  readonly heightPx: number | null
}
export type KnownCamera = Camera & CameraKnowledge
export interface NumberedCamera extends Camera {
  readonly no: number
}

/** What is stored of what was found, beside what has a column. */
export const foundSchema = dailyCameraSchema.pick({ faults: true, why: true, woken: true, probe: true, measured: true, picture: true })
type Found = z.infer<typeof foundSchema>
export const nothingFound: Found = { faults: [], why: null, woken: false, probe: null, measured: null, picture: null }
export function foundOf(text: string | null): Found {
  return foundSchema.safeParse(storedJson(text)).data ?? nothingFound
}

/** How a camera's turn ended. */
export interface CameraResult extends Found {
  readonly verdict: Exclude<DailyVerdict, 'waiting' | 'gone'>
  readonly change: DailyChange | null
  readonly faultSince: number | null
  readonly checkedAt: number | null
}

export function ownerOf({ serverId, probeId, path }: Pick<DailyCamera, 'serverId' | 'probeId' | 'path'>): CameraName {
  return {
    owner: serverId ?? probeId ?? '',
    path: path ?? '',
  }
}
