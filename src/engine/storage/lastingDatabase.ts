import type { Database, Statement } from 'better-sqlite3'

export interface LastingDatabase {
  /** The database for all users: it and the statements prepared on it keep working after `replace`. */
  readonly db: Database
  /** Switches to another connection. The previous one must be closed already. */
  readonly replace: (by: Database) => void
}

/** A database handle that survives reopening the file: prepared statements are prepared again on their next use. */
export function createLastingDatabase(first: Database): LastingDatabase {
  let current = first
  const prepare = (sql: string): Statement => {
    let of = current
    let made = of.prepare(sql)
    const forms: ((statement: Statement) => void)[] = []
    const live = (): Statement => {
      if (of === current) return made
      of = current
      made = of.prepare(sql)
      for (const form of forms) form(made)
      return made
    }
    const lasting: Statement = delegate(
      live,
      {
        pluck: (on = true) => shaped((statement) => void statement.pluck(on)),
        raw: (on = true) => shaped((statement) => void statement.raw(on)),
      },
      ['bind', 'safeIntegers', 'expand'],
    )
    const shaped = (form: (statement: Statement) => void): Statement => {
      form(live())
      forms.push(form)
      return lasting
    }
    return lasting
  }
  const transaction = (run: (...values: unknown[]) => unknown) => {
    const begun =
      (mode: 'default' | 'deferred' | 'immediate' | 'exclusive') =>
      (...values: unknown[]): unknown =>
        current.transaction(run)[mode](...values)
    const made = begun('default')
    return Object.assign(made, { default: made, deferred: begun('deferred'), immediate: begun('immediate'), exclusive: begun('exclusive') })
  }
  return {
    db: delegate(() => current, { prepare, transaction } as Partial<Database>, [
      'function',
      'aggregate',
      'table',
      'loadExtension',
      'defaultSafeIntegers',
      'unsafeMode',
    ]),
    replace: (by) => {
      current = by
    },
  }
}

/**
 * A proxy for whatever `of` returns at the time of the call, with `own` overriding some properties. Those in `refused` throw,
 * because what they set would be lost with the next target.
 */
const delegate = <T extends object>(of: () => T, own: Partial<T>, refused: readonly (keyof T)[]): T =>
  new Proxy({} as T, {
    get: (_, key) => {
      const name = key as keyof T
      if (name in own) return own[name]
      if (refused.includes(name)) throw new Error(`${String(key)} would not last: the database may be opened anew`)
      const target = of()
      const found = target[name]
      return typeof found === 'function' ? found.bind(target) : found
    },
  })
