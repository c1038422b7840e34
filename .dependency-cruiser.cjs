// Who may import whom (ARCHITECTURE.md). Each rule says why, and what to do instead.
const { readdirSync } = require('node:fs')

const foldersOf = (folder) =>
  readdirSync(`${__dirname}/${folder}`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
/** Folders of the engine that are for every noun; each other one is a noun, also one that is added. */
const forEveryNoun = ['http', 'storage', 'watching']
const engineNouns = foldersOf('src/engine').filter((name) => !forEveryNoun.includes(name))
const inEngineNouns = `^src/engine/(${engineNouns.join('|')})/`

/**
 * Rooms of the store, from the bottom up: each imports those before it only. A new folder must be named here.
 */
const rooms = ['protocol', 'codec', 'live', 'archive', 'check', 'bundle', 'archiver', 'reading', 'threads']
const inStore = '^src/engine/history/'
const unnamed = foldersOf('src/engine/history').filter((name) => !rooms.includes(name))
if (unnamed.length > 0) throw new Error(`say in .dependency-cruiser.cjs who may enter src/engine/history/${unnamed.join(', ')}`)

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle has no order in which it can be read. Move what both need into one of them, or into shared.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'Nobody imports this file: delete it, or name it as an entry here.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [
          '\\.d\\.ts$',
          '\\.config\\.ts$',
          '^src/media/index\\.ts$',
          '^src/engine/history/storeWorker\\.ts$',
          '^tests/',
          '^tools/',
          '\\.css$',
          '^src/preload/',
        ],
      },
      to: {},
    },
    {
      name: 'shared-is-pure',
      comment:
        'shared and i18n run in every process: zod, the contract builder, regular expressions in linear time, addresses of networks, i18next with its catalogues, and itself only.',
      severity: 'error',
      from: { path: '^src/(shared|i18n)/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: ['^src/(shared|locales|i18n)/', '^node_modules/(zod|@orpc/contract|re2js|ipaddr\\.js|i18next)/'] },
    },
    {
      name: 'one-i18next',
      comment: 'i18next has a global instance, which says nothing here: a window and the engine use that of src/i18n/say.ts.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/i18n/', '\\.test\\.tsx?$'] },
      to: { path: '^node_modules/i18next/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'clock-imports-nothing',
      comment: 'The clock is at the bottom: whatever it imported could not be tested in virtual time.',
      severity: 'error',
      from: { path: '^src/clock/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^src/clock/' },
    },
    {
      name: 'engine-knows-no-host',
      comment: 'The engine has never heard of Electron, React or who hosts it: what it needs is lent through ports.ts.',
      severity: 'error',
      from: { path: '^src/engine/', pathNot: '\\.test\\.ts$' },
      to: {
        path: ['^src/(main|preload|renderer|headless|configuration|media|demo|processes)/', '^node_modules/(electron|react|react-dom|recharts|hls\\.js)/'],
      },
    },
    {
      name: 'engine-nouns-apart',
      comment: 'A noun imports another one as a type only; the wiring is in createEngine.ts. http, storage, watching and the readings are for all.',
      severity: 'error',
      from: { path: inEngineNouns, pathNot: '\\.(test|fixture)\\.ts$' },
      to: {
        path: inEngineNouns,
        pathNot: ['^src/engine/$1/', '^src/engine/servers/readings\\.ts$'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'store-rooms-by-their-door',
      comment: 'A room of the store is entered by the file that is named like it. What another room needs is exported there.',
      severity: 'error',
      from: { path: ['^src/(?!engine/history/)', `${inStore}([^/]+)`], pathNot: '\\.(test|fixture)\\.ts$' },
      to: { path: `${inStore}(${rooms.join('|')})/`, pathNot: [`${inStore}$1/`, ...rooms.map((room) => `${inStore}${room}/${room}\\.ts$`)] },
    },
    // One for each room: what may enter it depends on where it stands.
    ...rooms.map((room, place) => ({
      name: 'store-rooms-in-order',
      comment: 'The rooms of the store stand on each other in the order of the list above: move what both need further down.',
      severity: 'error',
      from: { path: `${inStore}${room}/`, pathNot: '\\.(test|fixture)\\.ts$' },
      to: { path: [`${inStore}[^/]+$`, ...rooms.slice(place + 1).map((above) => `${inStore}${above}/`)] },
    })),
    {
      name: 'media-is-alone',
      comment: 'Native code fed with hostile bytes: it shares the message forms, and how processes start, are confined and end, and nothing else.',
      severity: 'error',
      from: { path: '^src/media/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(media|shared|clock|processes)/' },
    },
    {
      name: 'demo-shares-no-mistakes',
      comment: 'The demo fleet tests the engine: importing it would repeat its mistakes on both sides.',
      severity: 'error',
      from: { path: '^src/demo/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(demo|processes|shared|clock)/' },
    },
    {
      name: 'processes-know-no-program',
      comment: 'How a process is started and kept alive is the same whatever it does.',
      severity: 'error',
      from: { path: '^src/processes/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(processes|shared|clock)/' },
    },
    {
      name: 'configuration-is-for-every-host',
      comment: 'The configuration file means the same in the window and without one: it knows neither.',
      severity: 'error',
      from: { path: '^src/configuration/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/(main|preload|renderer|headless|media|demo)/' },
    },
    {
      name: 'media-host-on-an-old-node',
      comment: "Electron's media process has no Node 24: what starts media processes, and asks its Node for more, is not for them.",
      severity: 'error',
      from: { path: '^src/main/mediaHost\\.ts$' },
      to: { path: '^src/processes/confine\\.ts$', reachable: true },
    },
    {
      name: 'main-hosts',
      comment: 'main lends and introduces: the engine only through createEngine, ports and log.',
      severity: 'error',
      from: { path: '^src/main/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/(renderer|preload|headless|engine/[^/]+)/' },
    },
    {
      name: 'preload-is-thin',
      comment: 'The preload hands over one port. Anything more is attack surface.',
      severity: 'error',
      from: { path: '^src/preload/' },
      to: { pathNot: ['^src/shared/', '^node_modules/electron/'] },
    },
    {
      name: 'renderer-in-its-sandbox',
      comment: 'The window has neither Node nor Electron: it speaks the contract.',
      severity: 'error',
      from: { path: '^src/renderer/', pathNot: '\\.test\\.tsx?$' },
      to: { path: ['^src/(engine|main|headless|configuration|media|demo|preload|clock|processes)/', '^node_modules/electron/'] },
    },
    {
      name: 'renderer-nouns-apart',
      comment: 'A noun of the window never imports another one: a page joins them. fleet/ is what all of them show of the fleet.',
      severity: 'error',
      from: { path: '^src/renderer/([^/]+)/', pathNot: ['^src/renderer/(pages|app)/', '\\.test\\.tsx?$'] },
      to: { path: '^src/renderer/', pathNot: ['^src/renderer/($1|ui|app|fleet)/', '^src/renderer/$1/'] },
    },
    {
      name: 'app-knows-no-nouns',
      comment: 'app/ is what every noun needs: pages/ joins the nouns, and has the frame around them.',
      severity: 'error',
      from: { path: '^src/renderer/app/' },
      to: { path: '^src/renderer/', pathNot: '^src/renderer/(app|ui)/' },
    },
    {
      name: 'app-knows-no-nouns',
      comment: 'Nor does it know a noun by its schema. links.ts has the addresses of all pages.',
      severity: 'error',
      from: { path: '^src/renderer/app/', pathNot: ['^src/renderer/app/links\\.ts$', '\\.test\\.tsx?$'] },
      to: {
        path: '^src/shared/',
        pathNot: '^src/shared/(access|contract|csv|messageIds|result|searchText|severities|shell|troubles|units|validationErrors|visibleText)\\.ts$',
      },
    },
    {
      name: 'ui-knows-no-nouns',
      comment: 'ui/ draws: it takes texts and numbers, never a server or a stream.',
      severity: 'error',
      from: { path: '^src/renderer/ui/' },
      to: { path: '^src/renderer/', pathNot: '^src/renderer/ui/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    exclude: { path: '(^|/)(out|dist|docs)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.css'],
    },
  },
}
