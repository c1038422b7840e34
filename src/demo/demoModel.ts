import { createFlow } from './demoFlow.ts'
import type { DemoReader, DemoSource, DemoVersion, StreamTrouble } from './demoOptions.ts'
import type { DemoPath, DemoSession } from './demoPaths.ts'
import {
  addPath,
  after,
  boot,
  churn,
  closeSession,
  isSlateable,
  type ModelOptions,
  type ModelState,
  ofType,
  openSession,
  settle,
  showSlate,
  start,
  stop,
  timeText,
  wall,
} from './demoStreams.ts'
import { befall } from './demoTroubles.ts'

export type DemoModel = ReturnType<typeof createDemoModel>

/** The streams of a demo server. Works without timers: everything due is done at the next request (`settle`). */
export function createDemoModel(options: ModelOptions) {
  const model = newState(options)
  const { paths } = model
  for (const path of options.paths) addPath(model, path)
  for (const path of paths.values()) {
    if (isSlateable(model, path)) showSlate(model, path)
    if (path.wanted) start(model, path, Math.min(path.options.liveForMs ?? options.upForMs, options.upForMs))
  }
  if (options.churnEveryMs > 0) after(model, options.churnEveryMs * options.random.between(0.3, 1.7), () => churn(model))

  return {
    paths: paths as ReadonlyMap<string, DemoPath>,
    /** Increases when a path or session is added, removed, or changes in anything but numbers. */
    structure: () => model.structure,
    /** Does everything that is due; returns the monotonic time for which the state is valid. */
    settle: () => settle(model),
    /** Paths in the list, sorted by name as the server sorts them. */
    listed: (): readonly DemoPath[] => {
      model.sorted ??= [...paths.values()]
        // Dynamic paths vanish with their publisher; so does a configured pattern's.
        .filter((path) => path.since !== null || path.mode !== 'dynamic')
        .sort((a, b) => (a.name < b.name ? -1 : 1))
      return model.sorted
    },
    sessions: (type: DemoSource | DemoReader): ReadonlySet<DemoSession> => ofType(model, type),
    startedText: () => model.startedText,
    version: () => model.version,
    /** Its clock minus ours, ms. */
    clockSkewMs: () => model.clockSkewMs,
    setClock: (skewMs: number): void => {
      model.clockSkewMs = skewMs
    },
    /** Starts the process: all sessions are new, and publishers come back within seconds. */
    boot: (next?: DemoVersion): void => {
      settle(model)
      model.events = model.events.filter((event) => event.at > model.time)
      boot(model, next)
    },
    trouble: (what: StreamTrouble): void => befall(model, what),
    /** Adds a real viewer at the HLS port. Wakes an on-demand path. */
    hlsViewer: (path: DemoPath, viewer: { readonly query: string; readonly userAgent: string; readonly remoteAddr: string }): DemoSession => {
      settle(model)
      if (path.mode === 'onDemand' && !path.live) start(model, path)
      path.muxer ??= { created: timeText(model, wall(model)), lastRequest: model.time, served: 0 }
      model.watched.add(path)
      const session = openSession(model, path, 'hlsSession', 'read', 0, viewer)
      path.readers.add(session)
      return session
    },
    hlsServed: (session: DemoSession | null, path: DemoPath, bytes: number): void => {
      settle(model)
      if (path.muxer) {
        path.muxer.served += bytes
        path.muxer.lastRequest = model.time
      }
      if (session) {
        session.served += bytes
        session.lastRequest = model.time
      }
    },
    kick: (id: string, type: DemoSource | DemoReader): boolean => {
      settle(model)
      for (const session of ofType(model, type)) {
        if (session.id !== id) continue
        if (session.state === 'publish') stop(model, session.path)
        else closeSession(model, session)
        return true
      }
      return false
    },
  }
}

function newState(options: ModelOptions): ModelState {
  const { clock, random, version, clockSkewMs } = options
  return {
    options,
    random,
    version,
    clockSkewMs,
    structure: 0,
    time: clock.monotonic(),
    startedText: timeText({ random, clockSkewMs }, clock.now() - options.upForMs),
    paths: new Map(),
    sessionsByType: new Map(),
    events: [],
    sorted: null,
    slateFlow: createFlow(random, 144_000),
    watched: new Set(),
    generation: 0,
    flood: new Set(),
  }
}
