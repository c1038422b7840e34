/** The plan of a stream at a moment. */
export interface Planned {
  /** Name of the plan. */
  readonly name: string
  /** Whether it should be on air. */
  readonly isDue: boolean
  /** Since when. */
  readonly since: number
  /** The plan names this very path, so it is expected even if it was never seen. */
  readonly isNamed?: boolean
}

/** Present plans of streams. */
export interface OnAirOf {
  readonly of: (serverId: string, path: string) => Planned | null
}
