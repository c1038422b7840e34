/** What is planned for a stream at a moment. */
export interface Planned {
  /** Of the plan. */
  readonly name: string
  /** It is to be on air. */
  readonly isDue: boolean
  /** Since when that is so. */
  readonly since: number
  /** Its path is named as it is, so it is expected whether it was learned or not. */
  readonly isNamed?: boolean
}

/** What is planned for streams now. */
export interface OnAirOf {
  readonly of: (serverId: string, path: string) => Planned | null
  /** Paths that are named as they are and due. */
  readonly duePaths: (serverId: string) => readonly string[]
}
