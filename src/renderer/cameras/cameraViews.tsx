import type { TFunction } from 'i18next'
import type { Camera } from '../../shared/cameras.ts'
import { searchTerms, searchText } from '../../shared/searchText.ts'
import { streamStates } from '../../shared/streams.ts'
import { t } from '../app/words.ts'
import { isStateQuiet, markOfStream } from '../fleet/StateMark.tsx'
import { Mark, type MarkKind } from '../ui/Mark.tsx'

/** What a camera is now: as its stream is, or as the probe found it that reads its address. `unseen`: its server has no such stream, and had none as far as is known; `unwatched`: nothing here watches it. */
export const conditions = [...streamStates, 'unseen', 'unwatched'] as const
export type Condition = (typeof conditions)[number]
export function conditionOf({ now: { state, serverName, probeId, onAir } }: Pick<Camera, 'now'>): Condition {
  if (state !== null) return state
  if (probeId === null) return serverName === null ? 'unwatched' : 'unseen'
  return onAir === null ? 'unknown' : onAir ? 'live' : 'gone'
}
const isOfNoStream = (condition: Condition): condition is 'unseen' | 'unwatched' => condition === 'unseen' || condition === 'unwatched'
export function conditionText(condition: Condition, t: TFunction): string {
  if (condition === 'unwatched') return t('cameras.unwatched')
  return condition === 'unseen' ? t('overview.neverLive') : t(`streamState.${condition}`)
}
export function markOfCondition(condition: Condition, severity: Camera['now']['severity'] = null): MarkKind {
  return isOfNoStream(condition) ? (severity ?? 'unknown') : markOfStream(condition, severity)
}

export function CameraMark({ camera }: { readonly camera: Camera }) {
  const condition = conditionOf(camera)
  const kind = markOfCondition(condition, camera.now.severity)
  return <Mark kind={kind} word={conditionText(condition, t)} quiet={isOfNoStream(condition) || isStateQuiet(condition, kind)} />
}

/** Who a camera belongs to; '': nobody. */
export function ownerText({ owner }: Pick<Camera, 'owner'>, accounts: ReadonlyMap<string, string>): string {
  if (owner === null) return ''
  return owner.kind === 'group' ? t('cameras.groupOf', { name: owner.name }) : (accounts.get(owner.id) ?? t('cameras.someAccount'))
}

export interface CameraFilter {
  readonly text: string
  readonly projects: readonly string[]
  readonly tags: readonly string[]
  readonly favourites: boolean
}
/** Cameras with all words of the text, and one of the projects and of the tags. */
export function filterCameras(cameras: readonly Camera[], { text, projects, tags, favourites }: CameraFilter): readonly Camera[] {
  const words = searchTerms(text)
  return cameras.filter(
    (camera) =>
      (!favourites || camera.isFavourite) &&
      (projects.length === 0 || projects.includes(camera.project)) &&
      (tags.length === 0 || camera.tags.some((tag) => tags.includes(tag))) &&
      (words.length === 0 || words.every((word) => searched(camera).includes(word))),
  )
}
const searchedTexts = new WeakMap<Camera, string>()
/** Made once for each answer: of 20,000 cameras it takes longer than to search. */
function searched(camera: Camera): string {
  const known = searchedTexts.get(camera)
  if (known !== undefined) return known
  const { name, project, place, notes, telephone, tags, streams } = camera
  const made = searchText([name, project, place, notes, telephone, ...tags, ...streams.flatMap((one) => ('path' in one ? one.path : []))].join(' '))
  searchedTexts.set(camera, made)
  return made
}
export function countBy(cameras: readonly Camera[], valuesOf: (camera: Camera) => readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const camera of cameras) for (const value of valuesOf(camera)) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
