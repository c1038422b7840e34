import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type OneAtATime, oneAtATime } from '../../clock/semaphore.ts'
import { createTestClock, type TestClock } from '../../clock/testClock.ts'
import { inEnglish } from '../../shared/consoleTroubles.fixture.ts'
import { eventText } from '../../shared/words/eventText.ts'
import { setAsideText } from '../../shared/words/noticeText.ts'
import { createServerRows, type ServerRows } from '../servers/serverRows.ts'
import { createTestLog } from '../testLog.ts'
import { createBackups } from './backups.ts'
import { damageText } from './damageText.ts'
import { createFileWatch, type FileWatch } from './fileWatch.ts'
import { createLastingDatabase, type LastingDatabase } from './lastingDatabase.ts'
import { mainMigrations } from './mainMigrations.ts'
import type { Migration } from './migrate.ts'
import { watchFile } from './movedFile.ts'
import { openDatabase } from './openDatabase.ts'
import { openMain } from './openMain.ts'

describe.skipIf(process.platform === 'win32')('main.db that is moved away while it is open', () => {
  let folder: string
  let dataDir: string
  let clock: TestClock
  let main: LastingDatabase
  let rows: ServerRows
  let watch: FileWatch
  let copying: OneAtATime
  let recorded: string[]
  /** Forms that the watch knows when it opens main.db again. */
  let migrations: readonly Migration[]

  const open = () => {
    const opened = openMain({ clock, log: createTestLog(), dataDir, migrations: mainMigrations, unreadable: () => null })
    if (!opened.ok) throw new Error(opened.error.words)
    return opened.value
  }
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mtxdeck-moved-'))
    dataDir = join(folder, 'data')
    mkdirSync(dataDir)
    clock = createTestClock(Date.UTC(2026, 10, 14, 3), async () => {
      for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => setImmediate(resolve))
      await watch.settled()
    })
    recorded = []
    migrations = mainMigrations
    main = createLastingDatabase(open().db)
    rows = createServerRows(main.db)
    const file = join(dataDir, 'main.db')
    copying = oneAtATime()
    watch = createFileWatch({
      clock,
      log: createTestLog(),
      file,
      store: 'main',
      lasting: main,
      watched: watchFile(file, 'main'),
      reopen: () => openDatabase(file, { migrations }),
      record: (events) => void recorded.push(...events.map((event) => eventText(event, 'en'))),
      copying,
    })
    rows.keepSetting('before', 'yes')
  })
  afterEach(async () => {
    await watch[Symbol.asyncDispose]()
    main.db.close()
    rmSync(folder, { recursive: true })
    expect(clock.pending()).toBe(0)
  })
  /** What another process finds on the disk, after the console has ended. */
  const stored = (...keys: readonly string[]) => {
    main.db.close()
    const { db } = open()
    try {
      return keys.map((key) => createServerRows(db).setting(key))
    } finally {
      db.close()
    }
  }
  const remove = () => {
    for (const name of readdirSync(dataDir)) rmSync(join(dataDir, name))
  }

  test('is noticed within seconds and written again: what was stored before, meanwhile and later is there at the next start', async () => {
    remove()
    rows.keepSetting('meanwhile', 'yes')
    await clock.advance(6_000)
    rows.keepSetting('later', 'yes')
    expect(recorded).toEqual([
      'The database of servers and settings (main.db) was removed while mtxdeck was running. It was written again from what was still open: nothing that was stored is missing.',
    ])
    expect([watch.trouble(), watch.setAside()]).toEqual([null, []])
    // It holds passwords, sealed as they are.
    expect(statSync(join(dataDir, 'main.db')).mode & 0o777).toBe(0o600)
    expect(stored('before', 'meanwhile', 'later')).toEqual(['yes', 'yes', 'yes'])
  })

  test('a second time is noticed too, with its whole folder', async () => {
    remove()
    await clock.advance(6_000)
    rmSync(dataDir, { recursive: true })
    rows.keepSetting('later', 'yes')
    await clock.advance(60_000)
    expect(recorded).toHaveLength(2)
    expect(stored('before', 'later')).toEqual(['yes', 'yes'])
  })

  describe('and is large:', () => {
    beforeEach(() => {
      for (let n = 0; n < 30; n++) rows.keepSetting(`large ${n}`, 'x'.repeat(1_000_000))
    })
    /** Does something in each turn of the event loop until the time has come. Returns how often. */
    const meanwhile = async (run: (turn: number) => void) => {
      let isOver = false
      const advanced = clock.advance(6_000).then(() => {
        isOver = true
      })
      let turns = 0
      for (; !isOver; turns++) {
        run(turns)
        await new Promise<void>((resolve) => setImmediate(resolve))
      }
      await advanced
      return turns
    }

    test('it is written between other work, with all that is stored until it is back', async () => {
      remove()
      const turns = await meanwhile((turn) => rows.keepSetting(`turn ${turn}`, 'yes'))
      expect(turns).toBeGreaterThan(100)
      expect(recorded).toHaveLength(1)
      expect(stored(...Array.from({ length: turns }, (_, turn) => `turn ${turn}`))).toEqual(Array.from({ length: turns }, () => 'yes'))
    })

    test('where somebody moves it back before it is written, it is used as it is, and nothing is said', async () => {
      const [file, elsewhere] = [join(dataDir, 'main.db'), join(folder, 'elsewhere.db')]
      renameSync(file, elsewhere)
      await meanwhile((turn) => {
        if (turn === 50) renameSync(elsewhere, file)
      })
      rows.keepSetting('later', 'yes')
      expect([recorded, watch.trouble(), watch.isMissing(), readdirSync(dataDir).filter((name) => name.includes('again'))]).toEqual([[], null, true, []])
      await clock.advance(10_000)
      expect(watch.isMissing()).toBe(false)
      expect(stored('before', 'later')).toEqual(['yes', 'yes'])
    })

    test('the daily copy that is being made of it is made first', async () => {
      await using backups = createBackups({ clock, log: createTestLog(), db: main.db, dataDir, copying })
      await clock.advance(60_000)
      expect(readdirSync(join(dataDir, 'backups'))).toContain('main-2026-11-14.db.part')
      for (const end of ['', '-wal', '-shm']) rmSync(join(dataDir, `main.db${end}`))
      await clock.advance(10_000)
      expect([recorded.length, backups.trouble(), readdirSync(join(dataDir, 'backups'))]).toEqual([1, null, ['main-2026-11-14.db']])
      expect(stored('before')).toEqual(['yes'])
    })

    test('an end of the console breaks it off, and leaves no part of it', async () => {
      remove()
      await meanwhile((turn) => {
        if (turn === 30) void watch[Symbol.asyncDispose]()
      })
      expect([recorded, readdirSync(dataDir)]).toEqual([[], []])
    })
  })

  test('is what nobody is accused of whose file is where it was', async () => {
    for (let minute = 0; minute < 30; minute++) {
      rows.keepSetting('minute', String(minute))
      await clock.advance(60_000)
    }
    expect([recorded, watch.trouble(), watch.isMissing(), watch.setAside()]).toEqual([[], null, false, []])
  })

  test('for another file: that one stays beside it under a name that says so, and is known at the next start', async () => {
    writeFileSync(join(dataDir, 'other'), 'somebody else’s')
    renameSync(join(dataDir, 'other'), join(dataDir, 'main.db'))
    await clock.advance(6_000)
    const [aside] = watch.setAside()
    expect(basename(aside?.file ?? '')).toMatch(/^main\.db\.replaced-2026-11-14T03-00-0\d\.\d{3}Z$/)
    expect(readFileSync(aside?.file ?? '', 'utf8')).toBe('somebody else’s')
    expect(recorded).toEqual([aside && setAsideText(aside.damage, 'en')])
    expect(aside && setAsideText(aside.damage, 'en')).toContain('Another file was put in the place of the database of servers and settings (main.db)')
    expect(stored('before')).toEqual(['yes'])
    const again = open()
    expect(again.setAside.map(({ file, at }) => ({ file, at }))).toEqual([{ file: aside?.file, at: aside?.at }])
    again.db.close()
  })

  test('and that the disk refuses to take again: this is said until it takes it, and then nothing is missing', async () => {
    rmSync(dataDir, { recursive: true })
    writeFileSync(dataDir, 'a file where the folder should be')
    await clock.advance(6_000)
    rows.keepSetting('meanwhile', 'yes')
    expect(inEnglish(watch.trouble())).toMatch(
      /main\.db was removed while mtxdeck was running, and cannot be written again \(.*\)\. Everything in it is lost when mtxdeck ends\./,
    )
    rmSync(dataDir)
    await clock.advance(70_000)
    expect([watch.trouble(), recorded.length]).toEqual([null, 1])
    expect(stored('before', 'meanwhile')).toEqual(['yes', 'yes'])
  })

  test('for another file that cannot be moved out of the way: what is open goes on being used, and nothing of it is missing once it can', async () => {
    for (const end of ['', '-wal']) {
      writeFileSync(join(dataDir, 'other'), 'somebody else’s')
      renameSync(join(dataDir, 'other'), join(dataDir, `main.db${end}`))
    }
    const aside = join(dataDir, 'main.db.replaced-2026-11-14T03-00-05.000Z')
    mkdirSync(`${aside}-wal`)
    await clock.advance(6_000)
    expect(inEnglish(watch.trouble())).toMatch(
      /main\.db was (replaced by another file|removed) while mtxdeck was running, and cannot be written again \(.*\)\./,
    )
    expect(rows.setting('before')).toBe('yes')
    rows.keepSetting('meanwhile', 'yes')
    rmSync(`${aside}-wal`, { recursive: true })
    await clock.advance(70_000)
    expect([watch.trouble(), watch.setAside().map(({ file }) => file)]).toEqual([null, [aside]])
    expect([aside, `${aside}-wal`].map((file) => readFileSync(file, 'utf8'))).toEqual(['somebody else’s', 'somebody else’s'])
    expect(rows.setting('meanwhile')).toBe('yes')
    expect(stored('before', 'meanwhile')).toEqual(['yes', 'yes'])
  })

  test('and that cannot be opened once it is back: why is said for as long', async () => {
    remove()
    migrations = mainMigrations.slice(0, -1)
    await clock.advance(6_000)
    expect(inEnglish(watch.trouble())).toMatch(/main\.db was written by a newer mtxdeck/)
    migrations = mainMigrations
    await clock.advance(10_000)
    expect(watch.trouble()).toBe(null)
    expect(stored('before')).toEqual(['yes'])
  })

  describe('and of which mtxdeck ended after it had been written again, and before it was back in its place:', () => {
    const again = () => join(dataDir, 'main.db.again')
    beforeEach(() => {
      main.db.close()
      renameSync(join(dataDir, 'main.db'), again())
      writeFileSync(`${again()}.part`, 'half of a newer one')
    })

    test('the next start takes it, and says so', () => {
      const { db, damage } = open()
      expect(createServerRows(db).setting('before')).toBe('yes')
      expect(damage && damageText(damage)).toBe(
        'The database of servers and settings (main.db) was moved away while mtxdeck was running, and mtxdeck ended before it was back. It was taken from the copy that had been made by then: what was changed after it is missing.',
      )
      expect(readdirSync(dataDir).filter((name) => name.includes('again'))).toEqual([])
      db.close()
    })

    test('where somebody put another one there since, that one is used, and the copy is set aside', () => {
      const by = join(folder, 'by')
      mkdirSync(by)
      const other = openMain({ clock, log: createTestLog(), dataDir: by, migrations: mainMigrations, unreadable: () => null })
      if (!other.ok) throw new Error(other.error.words)
      createServerRows(other.value.db).keepSetting('other', 'yes')
      other.value.db.close()
      renameSync(join(by, 'main.db'), join(dataDir, 'main.db'))
      const { db, damage, setAside } = open()
      expect([createServerRows(db).setting('other'), createServerRows(db).setting('before'), damage]).toEqual(['yes', null, null])
      expect(setAside.map(({ file }) => basename(file))).toEqual([expect.stringMatching(/^main\.db\.replaced-2026-11-14T/)])
      db.close()
    })
  })
})
