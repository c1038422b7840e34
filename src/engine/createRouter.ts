import { implement, ORPCError, ValidationError } from '@orpc/server'
import type { Hello } from '../shared/access.ts'
import { contract } from '../shared/contract.ts'
import { mistakeOf } from '../shared/mistakes.ts'
import type { CallContext } from '../shared/permissions.ts'
import { connectionTestInWords } from '../shared/words/connectionText.ts'
import { changesInWords, eventInWords, helloInWords, hostInWords, serverInWords, storeInWords, streamInWords, troubleInWords } from '../shared/words/inWords.ts'
import type { Language } from '../shared/words/languages.ts'
import { sizingInWords } from '../shared/words/sizingText.ts'
import type { Bundles } from './bundles/bundles.ts'
import type { Fleet } from './fleet/fleet.ts'
import type { History } from './history/history.ts'
import type { Hosts } from './hosts/hosts.ts'
import type { LocalHost } from './hosts/localHost.ts'
import { readingAlone } from './hosts/mediaChoice.ts'
import type { HostSizing } from './hosts/sizing.ts'
import type { Past } from './past/past.ts'
import type { ReadTimeline } from './past/timeline.ts'
import type { PictureToolsSetting } from './previews/pictureTools.ts'
import type { Previews } from './previews/previews.ts'
import type { Stills } from './previews/stills.ts'
import { refusalError } from './refusalError.ts'
import { requirePermission } from './requirePermission.ts'
import type { TestConnection } from './servers/connectionTest.ts'
import type { Servers } from './servers/servers.ts'
import { classifyStorageError } from './storage/storageTrouble.ts'
import type { Streams } from './streams/streams.ts'

export interface RouterDeps {
  /** It shows a bundle, in which nothing can be changed. */
  readonly readOnly: boolean
  readonly bundles: Pick<Bundles, 'make'>
  readonly hello: () => Hello
  readonly servers: Servers
  readonly streams: Streams
  readonly fleet: Fleet
  readonly past: Past
  readonly timeline: ReadTimeline
  readonly history: History
  readonly previews: Previews
  readonly stills: Stills
  readonly pictureTools: PictureToolsSetting
  readonly localHost: LocalHost
  readonly hosts: Hosts
  readonly sizing: HostSizing
  readonly testConnection: TestConnection
}

/** Of an input with many mistakes this many are named. */
const mostMistakes = 5

/** What is wrong with an input, field by field, instead of the library's "Input validation failed". null: the error is another one. */
function inputMistakes(error: unknown): Error | null {
  if (!(error instanceof ORPCError) || error.code !== 'BAD_REQUEST' || !(error.cause instanceof ValidationError)) return null
  const { issues } = error.cause
  const mistakes = issues.slice(0, mostMistakes).map((issue) => ({
    field: (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.'),
    mistake: mistakeOf(issue),
  }))
  return refusalError('BAD_REQUEST', 400, { kind: 'notAccepted', mistakes, more: issues.length - mistakes.length }, error.cause)
}

/** An answer with its sentences in the language that was asked for; a window asks for none and makes them itself. */
const told = <Answer>(answer: Answer, inWords: (answer: Answer, language: Language) => Answer, { language }: CallContext): Answer =>
  language === undefined ? answer : inWords(answer, language)

/** The contract, answered. Nothing is decided here: each line calls the room whose matter it is. */
export function createRouter(deps: RouterDeps) {
  const { servers, streams, fleet, past, history, previews, hosts } = deps
  const api = implement(contract)
    .$context<CallContext>()
    .use(async ({ context, procedure, next }) => {
      const { needs } = procedure['~orpc'].meta
      requirePermission(context.operator, needs)
      if (needs !== 'view' && deps.readOnly) throw refusalError('FORBIDDEN', 403, { kind: 'bundleReadOnly' })
      try {
        return await next()
      } catch (error) {
        const mistakes = inputMistakes(error)
        if (mistakes !== null) throw mistakes
        const trouble = classifyStorageError(error)
        // Damage is found, told and repaired at the next start.
        if (trouble === null || trouble === 'damaged') throw error
        throw refusalError('NOT_STORED', 507, { kind: 'notStored', because: trouble }, error)
      }
    })
  return api.router({
    access: {
      hello: api.access.hello.handler(({ context }) => told(deps.hello(), helloInWords, context)),
    },
    fleet: {
      changes: api.fleet.changes.handler(async ({ input, context, signal }) => told(await fleet.changes(input, signal), changesInWords, context)),
      past: api.fleet.past.handler(async ({ input, context }) => told(await past.fleet(input), changesInWords, context)),
      summary: api.fleet.summary.handler(() => fleet.summary()),
      troubles: api.fleet.troubles.handler(({ input, context }) => fleet.troubles(input).map((trouble) => told(trouble, troubleInWords, context))),
    },
    servers: {
      list: api.servers.list.handler(({ context }) => servers.all().map((server) => told(server, serverInWords, context))),
      get: api.servers.get.handler(({ input, context, errors }) => {
        const server = servers.get(input.id)
        if (!server) throw errors.NOT_FOUND()
        return told(server, serverInWords, context)
      }),
      add: api.servers.add.handler(({ input, context, errors }) => {
        const added = servers.add(input)
        if (!added.ok) throw errors[added.error]()
        return told(added.value, serverInWords, context)
      }),
      update: api.servers.update.handler(({ input, context, errors }) => {
        const updated = servers.update(input.id, input.change)
        if (!updated.ok) throw errors[updated.error]()
        return told(updated.value, serverInWords, context)
      }),
      remove: api.servers.remove.handler(({ input, errors }) => {
        const removed = servers.remove(input.id)
        if (!removed.ok) throw errors[removed.error]()
      }),
      tryNow: api.servers.tryNow.handler(({ input, context, errors }) => {
        const server = servers.tryNow(input.id)
        if (!server) throw errors.NOT_FOUND()
        return told(server, serverInWords, context)
      }),
      test: api.servers.test.handler(async ({ input, context, signal }) => {
        // A stored password is lent to a test of the server that it is for, never to another address.
        const stored = input.id === undefined ? null : servers.get(input.id)
        const sameServer = stored !== null && new URL(stored.url).origin === new URL(input.url).origin
        const test = await deps.testConnection(input, sameServer ? servers.authorizationOf(stored.id) : null, signal)
        return told(test, connectionTestInWords, context)
      }),
      configuration: api.servers.configuration.handler(({ input, errors }) => {
        const configuration = servers.configuration(input.id)
        if (!configuration) throw errors.NOT_FOUND()
        return configuration
      }),
    },
    streams: {
      list: api.streams.list.handler(({ input, context }) =>
        streams
          .reports(context.language)
          .filter(
            (report) => (input?.serverId === undefined || report.serverId === input.serverId) && (input?.state === undefined || report.state === input.state),
          ),
      ),
      settings: api.streams.settings.handler(() => streams.settings()),
      keepSettings: api.streams.keepSettings.handler(({ input }) => streams.keepSettings(input)),
      get: api.streams.get.handler(async ({ input, context, errors }) => {
        const { serverId, path, at } = input
        const stream = at === undefined ? streams.get(serverId, path) : await past.stream(serverId, path, at)
        if (!stream) throw errors.NOT_FOUND()
        return told(stream, streamInWords, context)
      }),
      sessions: api.streams.sessions.handler(({ input, errors }) => {
        if (!servers.get(input.serverId)) throw errors.NOT_FOUND()
        return [...streams.sessionsOf(input.serverId)]
      }),
    },
    history: {
      sum: api.history.sum.handler(({ input, signal }) => history.sum(input, signal)),
      range: api.history.range.handler(({ input, signal }) => history.range(input, signal)),
      tail: api.history.tail.handler(({ input }) => history.tail(input.series, input.since)),
      events: api.history.events.handler(async ({ input, context }) => {
        const events = await history.events({ ...input, limit: input?.limit ?? 100 })
        return events.map((event) => told(event, eventInWords, context))
      }),
      timeline: api.history.timeline.handler(({ input, signal }) => deps.timeline(input, signal)),
      store: api.history.store.handler(async ({ context }) => told(await history.figures(), storeInWords, context)),
      keep: api.history.keep.handler(async ({ input, context }) => told(await history.keep(input), storeInWords, context)),
    },
    previews: {
      open: api.previews.open.handler(async ({ input, errors }) => {
        const opened = await previews.open(input)
        if (opened === null) throw errors.NOT_FOUND()
        return opened
      }),
      still: api.previews.still.handler(async ({ input, errors, signal }) => {
        const still = await deps.stills.take(input, signal)
        if (still === null) throw errors.NOT_FOUND()
        return still
      }),
      tools: api.previews.tools.handler(({ signal }) => deps.pictureTools.look(signal)),
      keepFfmpeg: api.previews.keepFfmpeg.handler(async ({ input, errors, signal }) => {
        const kept = await deps.pictureTools.keep(input.ffmpeg, signal)
        if (!kept.ok) throw errors.UNUSABLE({ data: { kind: 'toolUnusable', said: kept.error.replace(/\.$/, '') } })
        return kept.value
      }),
      close: api.previews.close.handler(async ({ input }) => {
        await previews.close(input)
      }),
    },
    bundles: {
      make: api.bundles.make.handler(async ({ input, errors }) => {
        const made = await deps.bundles.make(input)
        if (made === null) throw errors.NOTHING_KEPT()
        return made
      }),
    },
    hosts: {
      local: api.hosts.local.handler(async () => readingAlone((await deps.localHost.read()).value)),
      list: api.hosts.list.handler(({ context }) => hosts.all().map((host) => told(host, hostInWords, context))),
      add: api.hosts.add.handler(({ input, errors }) => {
        const added = hosts.add(input)
        if (!added.ok) throw errors[added.error]()
        return added.value
      }),
      update: api.hosts.update.handler(({ input, errors }) => {
        const updated = hosts.update(input.id, input.change)
        if (!updated.ok) throw errors[updated.error]()
        return updated.value
      }),
      remove: api.hosts.remove.handler(({ input, errors }) => {
        const removed = hosts.remove(input.id)
        if (!removed.ok) throw errors[removed.error]()
      }),
      acceptKey: api.hosts.acceptKey.handler(({ input, errors }) => {
        const accepted = hosts.acceptKey(input.id, input.target, input.fingerprint)
        if (!accepted.ok) throw errors[accepted.error]()
        return accepted.value
      }),
      test: api.hosts.test.handler(async ({ input, context, signal }) => told(await hosts.test(input, signal), hostInWords, context)),
      processes: api.hosts.processes.handler(async ({ input, errors, signal }) => {
        const found = await hosts.processes(input.id, signal)
        if (!found.ok) throw found.error === null ? errors.NOT_FOUND() : errors.UNREADABLE({ data: found.error })
        return [...found.value]
      }),
      sizing: api.hosts.sizing.handler(async ({ input, errors, context, signal }) => {
        const host = hosts.get(input.id)
        if (!host) throw errors.NOT_FOUND()
        return told(await deps.sizing.of(host, signal), sizingInWords, context)
      }),
    },
  })
}
export type EngineRouter = ReturnType<typeof createRouter>
