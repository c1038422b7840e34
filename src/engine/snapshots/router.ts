import { api } from '../api.ts'
import type { Snapshots } from './snapshots.ts'

export function snapshotsRouter(snapshots: Snapshots) {
  return {
    list: api.snapshots.list.handler(({ input }) => snapshots.list(input)),
    newest: api.snapshots.newest.handler(({ input }) => snapshots.newest(input)),
    pictures: api.snapshots.pictures.handler(({ input }) => snapshots.pictures(input)),
    around: api.snapshots.around.handler(({ input }) => snapshots.around(input)),
    take: api.snapshots.take.handler(({ input }) => snapshots.take(input)),
    status: api.snapshots.status.handler(() => snapshots.status()),
    keep: api.snapshots.keep.handler(({ input }) => snapshots.keep(input)),
  }
}
