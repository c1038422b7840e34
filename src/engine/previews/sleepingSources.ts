import type { StreamObstacle } from '../../shared/previews.ts'
import type { Stream } from '../../shared/streams.ts'
import type { PictureWish } from './openPictures.ts'

/** Whether the last viewer left, so that only our picture keeps the source running. */
const onlyWeKeepItRunning = (stream: Stream): boolean => stream.onDemand && stream.figures.readers === 0 && stream.hlsViewersUnknown !== true
/** If other viewers can't be distinguished from ours, a source on demand is not kept running for longer than this. */
const uncountedLimitMs = 5 * 60_000

/** What stands in the way of a picture, where `obstacle` does by its protocol: an on-demand source without viewers is not lost but asleep, even if it was watched before. */
export function obstacleOf(stream: Stream, { wake }: Pick<PictureWish, 'wake'>, obstacle: StreamObstacle | null): StreamObstacle | null {
  const asleep = obstacle === 'onDemand' || (obstacle === 'notLive' && stream.onDemand) || onlyWeKeepItRunning(stream)
  if (!asleep) return obstacle
  return wake ? null : 'onDemand'
}

/** Why a picture of a source on demand must stop; null: it may continue, as it always may if the operator started the source. */
export function whyToSleep({ wake }: Pick<PictureWish, 'wake'>, stream: Stream | null, openMs: number): 'lastViewerLeft' | null {
  if (wake || stream === null || !stream.onDemand) return null
  if (onlyWeKeepItRunning(stream)) return 'lastViewerLeft'
  return stream.hlsViewersUnknown === true && stream.figures.readers === 0 && openMs > uncountedLimitMs ? 'lastViewerLeft' : null
}
