import { api } from '../api.ts'
import type { ReadTimeline } from '../past/timeline.ts'
import type { History } from './history.ts'

export function historyRouter(history: History, timeline: ReadTimeline) {
  return {
    sum: api.history.sum.handler(({ input, signal }) => history.sum(input, signal)),
    range: api.history.range.handler(({ input, signal }) => history.range(input, signal)),
    events: api.history.events.handler(async ({ input }) => await history.events({ ...input, limit: input?.limit ?? 100 })),
    timeline: api.history.timeline.handler(({ input, signal }) => timeline(input, signal)),
    store: api.history.store.handler(() => history.figures()),
    keep: api.history.keep.handler(({ input }) => history.keep(input)),
  }
}
