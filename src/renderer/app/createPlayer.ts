/** How many times as fast as it was. */
export const speeds = [1, 2, 5, 10, 30, 60, 120, 300, 600] as const
export type Speed = (typeof speeds)[number]

export interface PlayerState {
  readonly playing: boolean
  readonly speed: Speed
}

interface PlayerOptions {
  /** Of any clock that never jumps, ms. */
  readonly now: () => number
  /** Calls back after so many ms; the answer cancels it. */
  readonly later: (run: () => void, ms: number) => () => void
  /** The moment that is shown; null: now, where there is nothing to play. */
  readonly moment: () => number | null
  readonly goTo: (at: number) => void
  /** The last moment there is by now. */
  readonly end: () => number
  /** The end was reached. */
  readonly onEnd: () => void
  /** The picture of the last moment is still on its way. */
  readonly isBehind: () => boolean
}

export interface Player {
  readonly state: () => PlayerState
  readonly subscribe: (listener: () => void) => () => void
  readonly toggle: () => void
  readonly stop: () => void
  readonly setSpeed: (speed: Speed) => void
  /** Moves the moment, also while it plays. */
  readonly stepBy: (ms: number) => void
}

/** Polls are two seconds apart: at low speeds more pictures a second would all be the same. */
const tickMsOf = (speed: Speed) => (speed <= 5 ? 1000 / Math.max(1, speed / 2) : 200)
/** A picture that takes longer holds the time up, so that what is shown never falls far behind what the bar says. */
const patienceMs = 600

/** Plays the past. Where the moment is moved by another hand, it goes on from there. */
export const createPlayer = ({ now, later, moment, goTo, end, onEnd, isBehind }: PlayerOptions): Player => {
  let state: PlayerState = { playing: false, speed: 10 }
  let cancel = () => {}
  /** When the moment was last moved on. */
  let movedAt = 0
  let waitedMs = 0
  const listeners = new Set<() => void>()
  const show = (next: Partial<PlayerState>) => {
    state = { ...state, ...next }
    for (const listener of listeners) listener()
  }

  const stop = () => {
    cancel()
    if (state.playing) show({ playing: false })
  }
  const tick = () => {
    const here = moment()
    // Somebody went back to now: nothing goes on there.
    if (here === null) return stop()
    const at = now()
    const passed = at - movedAt
    movedAt = at
    waitedMs = isBehind() ? waitedMs + passed : 0
    const next = waitedMs > patienceMs ? here : here + passed * state.speed
    if (next >= end()) {
      goTo(end())
      stop()
      onEnd()
      return
    }
    if (next !== here) goTo(next)
    cancel = later(tick, tickMsOf(state.speed))
  }
  const begin = () => {
    cancel()
    waitedMs = 0
    movedAt = now()
    cancel = later(tick, tickMsOf(state.speed))
  }

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    toggle: () => {
      if (state.playing) return stop()
      if (moment() === null) return
      show({ playing: true })
      begin()
    },
    stop,
    setSpeed: (speed) => {
      show({ speed })
      if (state.playing) begin()
    },
    stepBy: (ms) => {
      const here = moment()
      if (here !== null) goTo(Math.min(end(), here + ms))
    },
  }
}
