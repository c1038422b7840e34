import type { Result } from '../../shared/result.ts'
import { api, orNotFound, refusedValidationErrors, type StandardIssue } from '../api.ts'
import type { ChannelEdits } from './channelEdits.ts'
import type { Notifications } from './notifications.ts'
import type { ReadinessEdits } from './readiness.ts'

export function channelsRouter(notifications: Notifications, channelEdits: ChannelEdits, readinessEdits: ReadinessEdits) {
  type Errors = Readonly<Record<'NOT_FOUND' | 'FORBIDDEN' | 'CONFLICT' | 'BAD_REQUEST' | 'UNAVAILABLE', () => Error>>
  /** Returns the value, or throws the refusal. */
  const done = <T>(result: Result<T, keyof Errors | readonly StandardIssue[]>, errors: Partial<Errors>): T => {
    if (result.ok) return result.value
    throw typeof result.error === 'string' ? (errors[result.error]?.() ?? new Error(result.error)) : refusedValidationErrors(result.error)
  }
  return {
    list: api.channels.list.handler(() => notifications.channels().map((channel) => ({ ...channel, entered: channelEdits.entered(channel.name) }))),
    routes: api.channels.routes.handler(() => notifications.routes()),
    readiness: api.channels.readiness.handler(() => {
      const { entered: of } = readinessEdits
      const entered = { heartbeat: of('heartbeat'), drill: of('drill'), publicUrl: of('publicUrl') }
      return { ...notifications.readiness(), entered }
    }),
    putReadiness: api.channels.putReadiness.handler(({ input, context, errors }) =>
      done(readinessEdits.put(input.part, input.entries, context.operator.name), errors),
    ),
    removeReadiness: api.channels.removeReadiness.handler(({ input, context, errors }) =>
      done(readinessEdits.remove(input.part, context.operator.name), errors),
    ),
    test: api.channels.test.handler(async ({ input, errors }) => {
      const failure = await notifications.test(input.name)
      if (failure === undefined) throw errors.NOT_FOUND()
      return { failure }
    }),
    idle: api.channels.idle.handler(() => [...channelEdits.idle()]),
    entries: api.channels.entries.handler(({ input, errors }) => done(channelEdits.entriesOf(input.name), errors)),
    pause: api.channels.pause.handler(
      ({ input, context, errors }) => void orNotFound(notifications.pause(input.name, input.minutes, context.operator.name), errors),
    ),
    resume: api.channels.resume.handler(({ input, context, errors }) => void orNotFound(notifications.resume(input.name, context.operator.name), errors)),
    add: api.channels.add.handler(({ input: { sendOpen = 'true', ...entries }, context, errors }) => {
      const add = () => channelEdits.add(entries, context.operator.name)
      return { name: done(sendOpen === 'false' ? notifications.withoutOpen(add) : add(), errors) }
    }),
    update: api.channels.update.handler(({ input, context, errors }) => ({
      name: done(channelEdits.update(input.name, input.change, context.operator.name), errors),
    })),
    remove: api.channels.remove.handler(({ input, context, errors }) => done(channelEdits.remove(input.name, context.operator.name), errors)),
    addRoute: api.channels.addRoute.handler(({ input, context, errors }) => ({ id: done(channelEdits.addRoute(input, context.operator.name), errors) })),
    updateRoute: api.channels.updateRoute.handler(({ input, context, errors }) => ({
      id: done(channelEdits.updateRoute(input.id, input.route, context.operator.name), errors),
    })),
    removeRoute: api.channels.removeRoute.handler(({ input, context, errors }) => done(channelEdits.removeRoute(input.id, context.operator.name), errors)),
    messages: api.channels.messages.handler(({ input }) => [...notifications.messages(input.alarmId)]),
  }
}
