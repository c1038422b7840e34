/** Tests that take minutes, and the files that they are about: `npm test` runs them when one of these has changed, `npm test -- all` always. */
interface Group {
  /** Globs, from the root. */
  readonly tests: readonly string[]
  /** How the names of these files begin. */
  readonly about: readonly string[]
}

const everywhere = ['package-lock.json', 'vitest.config.ts', 'tests/fakes/', 'tests/leaks.ts']

export const nightly: Readonly<Record<string, Group>> = {
  'soaks of the store': {
    tests: [
      'src/engine/history/{simulatedMonth,killedHistory,damagedHistory,reading/sampleQuery}.test.ts',
      ...['src/engine/storage/openMain.test.ts', 'src/headless/fullDisk.test.ts'],
    ],
    about: ['src/engine/history/', 'src/engine/storage/', 'src/engine/openStore.ts', ...everywhere],
  },
  'an afternoon on every page': {
    tests: ['tests/afternoon/*.test.ts'],
    about: ['src/engine/', 'src/shared/', 'src/renderer/', 'tests/afternoon/', ...everywhere],
  },
  'weeks of alarms': {
    tests: ['src/engine/alarms/healthyFleet.test.ts', 'src/engine/{week,diskFilling,availabilityInEngine,availabilityTrue}.test.ts'],
    about: [
      ...['alarms', 'availability', 'history', 'hosts', 'maintenance', 'notifications', 'past', 'probes', 'servers', 'streams'].map(
        (noun) => `src/engine/${noun}/`,
      ),
      ...['src/shared/', ...everywhere],
    ],
  },
  'troubles that users told of': {
    tests: [
      'src/engine/alarms/{complaints,whileStopped,rehearsal}.test.ts',
      'src/engine/maintenance/{maintenance,onAir}.test.ts',
      'src/engine/consoleAlarms.test.ts',
    ],
    about: [...['alarms', 'history', 'maintenance', 'past', 'servers', 'streams'].map((noun) => `src/engine/${noun}/`), 'src/shared/', ...everywhere],
  },
  'what each channel hears': {
    tests: ['src/engine/notifications/{notifications,heldEnds,comesAndGoes}.test.ts', 'src/engine/incidentsNotified.test.ts'],
    about: [...['alarms', 'http', 'maintenance', 'notifications'].map((noun) => `src/engine/${noun}/`), 'src/shared/', ...everywhere],
  },
  'recordings for hours': {
    tests: ['src/engine/recordingsInEngine.test.ts'],
    about: ['src/engine/recordings', 'src/engine/servers/', 'src/engine/streams/', 'src/shared/recordings', ...everywhere],
  },
  'bundles and dossiers': {
    tests: ['src/engine/{openBundle,dossierInEngine}.test.ts'],
    about: [...['alarms', 'bundles', 'dossier', 'history', 'past', 'storage'].map((noun) => `src/engine/${noun}/`), 'src/shared/', ...everywhere],
  },
  'commands and people in processes of their own': {
    tests: ['src/headless/{bundledProbes,cli,people,storeCommands}.test.ts'],
    about: ['bin/', 'src/configuration/', 'src/headless/', 'src/engine/accounts/', 'src/engine/storage/', 'src/media/', ...everywhere],
  },
  'each dialog of the window, and each of its pages': {
    tests: ['tests/window/{dialogs,pages,language}.test.ts'],
    about: ['src/renderer/', 'src/shared/', 'src/locales/', 'src/i18n/', 'tests/window/', ...everywhere],
  },
  'servers that attack': {
    tests: ['tests/hostile/*.test.ts', 'src/headless/flood.test.ts', 'tests/tools/leaks.test.ts'],
    about: ['src/engine/servers/', 'src/engine/http/', 'src/headless/', 'src/clock/', 'tests/hostile/', ...everywhere],
  },
  'media with real FFmpeg': {
    tests: ['src/media/*.test.ts', 'src/engine/canariesInEngine.test.ts', 'src/engine/previews/picturesByMedia.test.ts', 'tests/real/otherServers.test.ts'],
    about: [
      'src/media/',
      'src/processes/',
      'src/engine/canaries/',
      'src/engine/probes/',
      'src/engine/previews/',
      'src/shared/probe',
      'tests/real/',
      ...everywhere,
    ],
  },
  'Prometheus itself': {
    tests: ['tests/contract/dashboards.test.ts'],
    about: ['src/engine/exporter/', 'src/shared/metrics.ts', 'src/shared/rules.ts', 'grafana/', 'tools/prometheus.ts', ...everywhere],
  },
  'what is packed for a server': {
    tests: ['tests/e2e/{container,pack}.e2e.ts'],
    about: [
      ...['tools/pack.ts', 'build/', 'bin/', 'Containerfile', 'compose.yaml', 'src/headless/', 'electron.vite.config.ts', 'package.json', 'package-lock.json'],
      ...['tests/e2e/container.e2e.ts', 'tests/e2e/pack.e2e.ts'],
    ],
  },
  'what is packed for a desk': {
    tests: ['tests/e2e/packDesktop.e2e.ts'],
    about: ['tools/pack', 'build/', 'bin/', 'src/main/', 'electron.vite.config.ts', 'package.json', 'package-lock.json', 'tests/e2e/packDesktop.e2e.ts'],
  },
  'every page in every language, and for everybody': {
    tests: ['tests/e2e/{axe,languages,pictures}.e2e.ts'],
    about: ['src/renderer/', 'src/locales/', 'src/i18n/', 'tests/e2e/', 'package-lock.json'],
  },
}

/** The tests of the groups that `MTXDECK_WITHOUT` names, one a line. */
export const leftOut = (process.env.MTXDECK_WITHOUT ?? '').split('\n').flatMap((name) => nightly[name]?.tests ?? [])
