import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { configDefaults, defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { cachedNode } from './tests/compileCache.ts'
import { nightly, leftOut as nightlyLeftOut } from './tests/nightly.ts'

/** Those that take longest, by file, from more than two minutes to a sixth of one (2 × AMD EPYC, beside the build and other work). Begun last, they would be waited for alone; `npm test -- quick` leaves them out, and what is run each night. */
const longest: readonly string[] = [
  'src/media/probes.test.ts',
  'src/engine/canariesInEngine.test.ts',
  'tests/window/dialogs.test.ts',
  'src/engine/notifications/notifications.test.ts',
  'tests/real/otherServers.test.ts',
  'tests/real/watched.test.ts',
  'tests/hostile/hostile.test.ts',
  'src/media/parallelMeasurement.test.ts',
  'src/engine/recordingsInEngine.test.ts',
  'src/engine/alarms/complaints.test.ts',
  'tests/window/language.test.ts',
  'src/headless/people.test.ts',
  'src/engine/servers/outage.test.ts',
  'src/engine/hosts/hosts.test.ts',
  'src/engine/week.test.ts',
  'src/media/mediaClient.test.ts',
  'src/headless/cli.test.ts',
  'tests/window/pages.test.ts',
  'src/headless/storeCommands.test.ts',
  'src/media/contentDecoder.test.ts',
  'src/engine/openBundle.test.ts',
  'src/engine/incidentsNotified.test.ts',
  'src/media/codecs.test.ts',
  'src/engine/history/simulatedMonth.test.ts',
  'src/engine/maintenance/maintenance.test.ts',
  'src/headless/bundledProbes.test.ts',
  'src/media/whepSession.test.ts',
  'src/engine/consoleAlarms.test.ts',
  'src/engine/availabilityInEngine.test.ts',
  'src/headless/flood.test.ts',
  'src/engine/dossierInEngine.test.ts',
  'src/engine/alarms/rehearsal.test.ts',
  'tests/window/alarms.test.ts',
  'tests/window/rules.test.ts',
  'src/engine/availabilityTrue.test.ts',
  'tests/tools/leaks.test.ts',
  'src/headless/monitoring.test.ts',
  'src/headless/guestPages.test.ts',
  'src/engine/sessions/sessionLog.test.ts',
  'src/engine/history/history.test.ts',
  'tests/window/incidents.test.ts',
  'src/media/canary.test.ts',
  'src/engine/hosts/sshShell.test.ts',
  'tests/window/snapshots.test.ts',
  'tests/contract/openApi.test.ts',
  'src/engine/alarms/whileStopped.test.ts',
  'src/engine/storage/openMain.test.ts',
  'src/engine/probes/probes.test.ts',
  'src/engine/history/reading/sampleQuery.test.ts',
  'src/engine/notifications/comesAndGoes.test.ts',
  'src/engine/configurationsOverTime.test.ts',
  'tests/afternoon/afternoon.test.ts',
  'src/engine/hosts/leastPrivilege.test.ts',
  'src/engine/notifications/heldEnds.test.ts',
  'tests/contract/dashboards.test.ts',
  'src/engine/history/killedHistory.test.ts',
  'src/engine/servers/slowConfiguration.test.ts',
  'src/engine/createEngine.test.ts',
  'src/engine/alarms/alarms.test.ts',
  'tests/contract/permissions.test.ts',
  'src/headless/acknowledgePage.test.ts',
  'tests/contract/webrtc.test.ts',
  'src/engine/past/past.test.ts',
  'tests/window/notifications.test.ts',
  'src/engine/streamLives.test.ts',
  'src/engine/hosts/sshConnection.test.ts',
  'src/headless/once.test.ts',
  'tests/contract/metrics.test.ts',
  'src/engine/servers/apiFields.test.ts',
  'src/engine/leavingStreams.test.ts',
  'src/engine/alarms/histories.test.ts',
  'tests/window/endpoints.test.ts',
  'src/engine/maintenance/onAir.test.ts',
  'src/engine/history/damagedHistory.test.ts',
  'src/headless/basePath.test.ts',
  'src/engine/remediesInEngine.test.ts',
  'tests/contract/contract.test.ts',
  'tests/contract/secrets.test.ts',
  'src/engine/reports/reports.test.ts',
  'src/engine/reportShown.test.ts',
  'src/headless/longLists.test.ts',
  'tests/window/palette.test.ts',
  'tests/window/cameras.test.ts',
  'src/engine/firstPast.test.ts',
  'src/engine/hosts/privateKey.test.ts',
  'src/engine/forwards.test.ts',
  'tests/window/people.test.ts',
  'src/engine/history/archiver/archiveDay.test.ts',
  'src/engine/history/archive/copyPart.test.ts',
  'tests/window/manyAlarms.test.ts',
  'src/engine/cameras/playedCameras.test.ts',
]
const slow = [...longest, 'tests/real/**', ...Object.values(nightly).flatMap(({ tests }) => tests)]
const leftOut = process.env.MTXDECK_TESTS === 'quick' ? slow : nightlyLeftOut

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = longest.findIndex((path) => moduleId.endsWith(path))
      return found < 0 ? longest.length : found
    }
    return (await super.sort(files)).sort((a, b) => place(a) - place(b))
  }
}

/**
 * To start a process, and to load vitest and our modules in it, takes longer than most files: those that only call functions share one with
 * others. What starts something, or changes what a process has, has its own.
 */
const startsOrChanges = new RegExp(
  [
    ...['test(Engines|Fleet|Console|Command|Ssh|History)', '(openHistories|histories|week)\\.fixture', 'create(History|DemoFleet|Server)'],
    ...[
      'node:(child_process|https?|net|tls|worker_threads)',
      'createMediaClient',
      'Worker',
      'superviseProcess',
      'sandboxPrograms',
      'process\\.env',
      '\\bvi\\.',
      'vitest-environment',
    ],
  ].join('|'),
)
const together = globSync('src/**/*.test.{ts,tsx}', { cwd: import.meta.dirname, exclude: leftOut }).filter(
  (file) => !startsOrChanges.test(readFileSync(join(import.meta.dirname, file), 'utf8')),
)

export default defineConfig({
  resolve: { alias: [{ find: /^fast-check$/, replacement: join(import.meta.dirname, 'tests/properties.ts') }] },
  test: {
    globalSetup: ['tests/bundles.ts', 'tests/memoryFolder.ts'],
    setupFiles: ['tests/leaks.ts'],
    pool: 'forks',
    ...cachedNode,
    projects: [
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['src/**/*.test.{ts,tsx}', 'tests/{afternoon,contract,hostile,real,tools}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...together, ...leftOut],
        },
      },
      { extends: true, test: { name: 'together', include: together, isolate: false } },
      // With React as users get it: the one for developing notes for each element where it was made, and takes twice the time.
      {
        extends: true,
        mode: 'production',
        oxc: { jsx: { runtime: 'automatic', development: false } },
        test: {
          name: 'window',
          include: ['tests/window/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...leftOut],
          env: { ...cachedNode.env, NODE_ENV: 'production' },
        },
      },
    ],
    // More than there are cores: what is real (SQLite, HTTP, SSH, processes) waits as much as it works.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    // What hangs ends at last. No test is about these: where others work as well, each takes ten times as long.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    // A failure says the whole of both values: where it happens under load alone, it may not come twice.
    chaiConfig: { truncateThreshold: 0 },
    // A test that leaves a listener or a handle open must not hang the run; it fails by name in the leak check.
    teardownTimeout: 10_000,
  },
})
