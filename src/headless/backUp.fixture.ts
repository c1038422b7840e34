import type { Clock } from '../clock/clock.ts'
import { listedPictures } from '../engine/snapshots/snapshotFiles.ts'
import { backUpData } from '../engine/storage/backUpData.ts'
import { checkCopy, knownForms } from './checkData.ts'

/** A backup as `mtxdeck backup` makes it. */
export function backUpAll(clock: Clock, dataDir: string, into: string): ReturnType<typeof backUpData> {
  return backUpData({
    clock,
    dataDir,
    into,
    withKey: false,
    version: '0.0.0',
    forms: knownForms,
    check: checkCopy,
    pictures: listedPictures,
    onProgress: () => {},
  })
}
