import type { Failure, Fault, Note, Progress, StartWarning, Todo } from '../commands.ts'
import type { SettingEnv } from '../settings.ts'
import { formatMomentInZone, formatSize } from '../units.ts'
import { consoleTroubleText } from './consoleTroubleText.ts'
import { fileFaultText, heldText } from './fileFaultText.ts'
import { problemsText } from './mistakeText.ts'
import { secretsText } from './secretsText.ts'

// The command line speaks English: its output is read by scripts, pasted into tickets and searched for.

/** Writes figures: the command line speaks English only. */
const say = {
  number: (value: number) => value.toLocaleString('en'),
  size: (bytes: number) => formatSize(bytes, null, 'en'),
  count: (value: number, { one, other }: { readonly one: string; readonly other: string }) => `${value.toLocaleString('en')} ${value === 1 ? one : other}`,
  /** Of ISO 8601 text; other text stays as it is. */
  momentOf: (text: string) => (Number.isNaN(Date.parse(text)) ? text : formatMomentInZone(Date.parse(text), 'en')),
}

/** A function per kind that makes a sentence from the facts. `More`: further arguments; `Text`: the result type if it is not a plain string. */
type Texts<Facts extends { readonly kind: string }, More extends readonly unknown[] = [], Text = string> = {
  readonly [K in Facts['kind']]: (facts: Facts & { readonly kind: K }, ...more: More) => Text
}

/** The sentence for some facts; '' for an unknown kind. */
function textOf<Facts extends { readonly kind: string }, More extends readonly unknown[], Text>(
  texts: Texts<Facts, More, Text>,
  facts: Facts,
  ...more: More
): Text | '' {
  // Kind and facts match, but the compiler can't infer that from a map of kinds.
  const text = texts[facts.kind as Facts['kind']] as ((facts: Facts, ...more: More) => Text) | undefined
  return text?.(facts, ...more) ?? ''
}
const addressOf = ({ host, port }: { readonly host: string; readonly port: number }) => `${host === '' ? 'all addresses' : host}:${port}`
const backupFault = { missing: 'is missing', different: "is not what the backup's manifest says" }

interface Checked {
  readonly folder: string
  readonly servers: number
  readonly seals: number
  readonly chunks: number
  readonly minutes: number
  readonly events: number
  readonly archives: number
  readonly backups: number
}

/** What commands print. Every kind has its text, or this does not compile. */
interface KindTexts {
  readonly failures: Texts<Exclude<Failure, { kind: 'problems' | 'console' | 'inUse' }>>
  readonly warnings: Texts<Exclude<StartWarning, { kind: 'secrets' }>>
  readonly progress: Texts<Exclude<Progress, { kind: 'copying' }>>
  readonly faults: Texts<Fault>
  readonly notes: Readonly<Record<Note['kind'], (file: string) => string>>
  readonly todo: Readonly<Record<Todo, string>>
}

export const commandWords = {
  help: {
    program: 'Watches MediaMTX media servers: every stream of all of them live, with history.',
    seeHelp: 'Run "mtxdeck --help" for what there is.',
    byDefault: (value: string) => ` (default: ${value})`,
    headings: { 'Usage:': 'Usage:', 'Arguments:': 'Arguments:', 'Options:': 'Options:', 'Commands:': 'Commands:' },
    help: 'print this help',
    version: 'print the version',
    variables: 'Environment variables, one for each setting (flags win over them, they win over the file):',
    ofStart:
      'Of "start" alone: MTXDECK_ELECTRON_SECONDS, how long it waits for Electron\'s runtime (120); ELECTRON_OVERRIDE_DIST_PATH, the folder of another one.',
    ofOnce:
      'Exit codes of "once": 0 all is well, 1 something critical or major is wrong with a stream, by the rules in force, 2 a server did not answer, 64 bad usage or configuration.',
    commands: {
      start: 'open the desktop window, or the console in the browser where there is no display',
      serve: 'run the console for browsers and scripts',
      open: 'show a bundle (.mtxdeck), read-only: in the window, or in the browser where there is no display',
      once: 'poll every server once and print what was found',
      diagnose: 'write one file about this console to send to whoever helps; it holds no secrets',
      recipe: 'print the line of authorized_keys with which a key can read the figures of a host, and do nothing else',
      demo: 'run the demo fleet alone: media servers that speak the MediaMTX API, printed as a configuration',
      backup: 'copy servers, settings and history into a folder, while the console runs or not',
      restore: 'put a backup into a data folder that no console uses',
      check: 'read everything in the data folder and say what is wrong; ends with 1 where something is',
      export: 'write any series of the history as CSV or JSON, of a data folder or of a console that runs',
      rules: 'print what was entered about rules as YAML, or the rules in force for Prometheus, of a console that runs',
      rehearse: 'play changed or new rules over the past of a console that runs, and say which alarms there would have been',
      dossier: 'write all that is known of an incident or a period as one HTML file, of a console that runs',
      help: 'print the help of a command',
    },
    options: {
      config: 'configuration (YAML)',
      configOfData: 'configuration (YAML) that names the data folder',
      listen: 'where the console listens, such as 127.0.0.1:8787',
      metricsListen: 'where metrics alone are served, such as 127.0.0.1:9464',
      plainHttp: 'accept tokens without TLS, which others on the network can read',
      dataDir: 'folder of the databases and logs',
      demo: 'watch the demo fleet, made-up media servers',
      attach: 'show an engine that runs elsewhere, such as https://noc:8787; its token is in MTXDECK_TOKEN or MTXDECK_TOKEN_FILE',
      browser: 'in the browser, wherever a window could be shown',
      listenInBrowser: 'in the browser, at this address',
      json: 'print JSON for scripts',
      jsonOfOnce: 'print JSON for scripts instead of a table',
      single: 'poll once instead of twice; bit rates stay unknown',
      ofDemo: "of the demo fleet's console",
      output: 'where to write it; "-" prints it',
      data: 'the data folder, where it is not the usual one or that of the configuration',
      withKey: "with the key that opens the servers' passwords: who has the copy then has the passwords",
      replace: 'where the folder holds data already: they are renamed within it, not deleted',
      url: 'ask the console at this address instead, such as https://noc:8787; its token is in MTXDECK_TOKEN or MTXDECK_TOKEN_FILE',
      server: 'name or id',
      path: 'a stream; may be given more than once',
      metric: 'such as path.bitrateIn; may be given more than once',
      from: 'ISO 8601, epoch milliseconds, or a time before now such as -24h',
      to: 'as --from; not included',
      step: 'seconds, or with a unit: 15m, 2h, 1d',
      reduce: 'mean, min, max, sum, count, first or last',
      format: 'csv or json',
      out: 'where to write it, instead of printing it',
      language: 'language of the page: en, de, zh, ru or ko',
      hideAddresses: 'put stand-ins in place of addresses and users of clients',
      prometheus: 'alerting rules for Prometheus, over /metrics',
      consoleUrl:
        'the console at this address, such as https://noc:8787, instead of the one on the data folder; its token is in MTXDECK_TOKEN or MTXDECK_TOKEN_FILE',
      fromRehearsed: 'ISO 8601, epoch milliseconds, or a time before now such as -7d; at most 31 days',
      key: 'the public half of the key (….pub)',
      installed: 'the line for a host that has the script as a file',
      jumpTo: 'the line for a jump host instead, which leads to these',
      script: 'that file',
      servers: 'so many servers of one kind, instead of a few of every kind',
      paths: 'streams on each of them; 100',
      troubles: 'things go wrong on them by themselves',
      seed: 'the same seed gives the same fleet',
    },
    settings: {
      MTXDECK_CONFIG: 'the configuration file (--config)',
      MTXDECK_LISTEN: 'address and port of the console; 127.0.0.1:8787',
      MTXDECK_TOKEN_FILE: 'file with the sign-in token; made and printed once where absent; DATADIR/token',
      MTXDECK_TOKEN: 'the sign-in token itself, instead of a file',
      MTXDECK_METRICS_TOKEN_FILE: 'file of a token that may read /metrics for Prometheus and nothing else; made where absent',
      MTXDECK_PROBES_TOKEN_FILE: 'file of a token that may read what probes see, for another mtxdeck, and nothing else; made where absent',
      MTXDECK_METRICS_LISTEN: "address at which only /metrics is served, beside the console's own (--metrics-listen)",
      MTXDECK_DATA_DIR: 'folder of the databases, the secrets key and crash reports (--data-dir)',
      MTXDECK_PUBLIC_URL: 'address under which browsers reach the console where a proxy stands in front',
      MTXDECK_TRUSTED_PROXIES: 'addresses or networks of the proxies whose X-Forwarded-For or Forwarded is believed',
      MTXDECK_PLAIN_HTTP: 'true: tokens are accepted without TLS, where others on the network can read them (--plain-http)',
      MTXDECK_TLS_CERT_FILE: 'certificate (PEM) of the console',
      MTXDECK_TLS_KEY_FILE: 'its key (PEM)',
      MTXDECK_TLS_HSTS: 'true: browsers are told to use this host name over TLS only, at every port (HSTS)',
      MTXDECK_KEEP_DAYS: 'samples are kept this many days; 30',
      MTXDECK_KEEP_BYTES: 'samples take at most this much; 20GB',
      MTXDECK_LOG_DIR: 'folder of the log files, rotated, 60 MB at most; DATADIR/logs',
      MTXDECK_LOG_STDERR: 'true: log to stderr too, as JSON lines',
      MTXDECK_LOG_LEVEL: 'debug, info, warn or error; info',
      MTXDECK_FFMPEG: 'the ffmpeg that makes stills where node-av does not load and Settings names none; the one on the PATH',
      MTXDECK_MEDIA: 'node-av or ffmpeg: makes stills with that one alone',
      MTXDECK_SANDBOX: 'bwrap, unshare or off: the sandbox of what reads streams; the best that this machine allows',
      MTXDECK_DEMO: 'true: watch the demo fleet (--demo)',
      MTXDECK_SERVERS: 'the list of servers as YAML or JSON',
      MTXDECK_HOSTS: 'the list of the machines under them as YAML or JSON',
      MEDIAMTX_HOST: 'host of a MediaMTX to watch, with the port of its API if that is not 9997',
      MEDIAMTX_WHIP_PORT: 'its port for WebRTC',
      MEDIAMTX_RTSP_PORT: 'its port for RTSP',
      MEDIAMTX_WHIP_URL: 'its address for WHIP, such as http://localhost:8889/test/whip, instead of host and port',
      MEDIAMTX_WHEP_URL: 'its address for WHEP, likewise',
    } satisfies Readonly<Record<SettingEnv, string>>,
  },
  usage: {
    unknownOption: (option: string) => `There is no option ${option}.`,
    unknownCommand: (command: string) => `There is no command ${command}.`,
    missingArgument: (name: string) => `The argument "${name}" is missing.`,
    optionMissingArgument: (option: string) => `The value of ${option} is missing.`,
    missingMandatoryOptionValue: (option: string) => `The option ${option} is missing.`,
    excessArguments: () => 'There are more arguments than this command takes.',
  },
  meant: (name: string) => `Did you mean ${name}?`,
  failures: {
    demoEnded: ({ how }) => `The demo fleet ended before it was ready (${how}).`,
    noDisplay: () => 'There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set).',
    placeNamed: () => 'An address or a data folder is named.',
    electronFolderWrong: ({ executable }) => `ELECTRON_OVERRIDE_DIST_PATH names a folder without ${executable}.`,
    electronNotInstalled: () => 'Electron is not installed here (it is one of the packages for development).',
    electronNotUnpacked: () => "Electron's runtime could not be unpacked.",
    electronNotDownloaded: ({ because }) => `Electron's runtime can't be downloaded (${because ?? 'what it said stands above'}).`,
    electronLate: ({ seconds }) => `Electron's runtime did not come within ${say.number(seconds)} s.`,
    electronNotStarted: ({ because }) => `Electron can't be started (${because}).`,
    electronEnded: ({ how }) => `Electron ended by itself (${how}).`,
    builderMissing: () => 'The console is not built, and electron-vite, which builds it, is not installed: run "npm ci".',
    buildFailed: ({ said }) => `The console could not be built:\n${said}`,
    noBundle: ({ file }) => `There is no bundle ${file}.`,
    bundleNotNamed: () => 'Name the bundle to open: --open=FILE.mtxdeck',
    noConfiguration: ({ file }) => `There is no configuration ${file}.`,
    configurationNotNamed: () => 'Name the configuration to watch by: --config=FILE',
    notAnEngine: () => 'The engine to attach to is named as --attach=https://host:8787, without a path.',
    tokenNotGiven: () => 'A desk that attaches needs the token of the engine: set MTXDECK_TOKEN or MTXDECK_TOKEN_FILE.',
    notAToken: () => 'The token holds characters that no token has.',
    tokenEmpty: ({ file }) => `${file} is empty: write a token into it, or delete it and a new one is made.`,
    tokenOfWords: ({ file }) => `${file} holds more than one word: a token is one line without spaces.`,
    tokenUnreadable: ({ file, because }) => `Can't read the token file ${file}: ${because}.`,
    tokenNotWritten: ({ file, because }) => `Can't write the token file ${file}: ${because}.`,
    logsNotWritten: ({ folder, because }) => `Can't write logs into ${folder}: ${because}`,
    certificateUnusable: ({ because }) => `Can't use the certificate or its key (tls in the configuration): ${because}`,
    portTaken: ({ host, port }) =>
      `Port ${port} is taken: another mtxdeck or another program listens at ${addressOf({ host, port })}. Choose another with --listen.`,
    portForbidden: (at) => `This user may not listen at ${addressOf(at)}: choose a port above 1023 with --listen.`,
    noSuchAddress: ({ host }) => `This machine has no address ${host}. Correct "listen".`,
    cannotListen: ({ because, ...at }) => `Can't listen at ${addressOf(at)}: ${because}`,
    notWritten: ({ file, because }) => `${file} cannot be written (${because}).`,
    keyNotNamed: () => 'Name the public half of the key: --key id_ed25519.pub',
    notHostAndPort: ({ text }) => `"${text}" is not of the form host:port`,
    keyUnreadable: ({ file, because }) => `Can't read ${file}: ${because}`,
    notAPublicKey: ({ file }) => `${file} is not the public half of a key: one line such as "ssh-ed25519 AAAA… name"`,
    noData: ({ folder }) => `There is no console's data in ${folder}. Name its folder with --data-dir.`,
    noConsole: ({ folder }) => `No console runs on ${folder}. Start it, or name one with --url.`,
    rulesUnreadable: ({ file, because }) => `${file} can't be read (${because})`,
    isBackup: ({ folder }) => `${folder} holds a backup. Restore it into a folder of its own first ("mtxdeck restore").`,
    notAUrl: ({ text }) => `--url: expected an address such as https://noc:8787, not "${text}"`,
    tokenWanted: ({ origin }) => `The console at ${origin} wants a token: give it in MTXDECK_TOKEN or MTXDECK_TOKEN_FILE.`,
    noAnswer: ({ origin, because }) => `The console at ${origin} does not answer (${because}).`,
    refusedBy: ({ origin, because }) => `The console at ${origin} refuses: ${because}`,
    questionWrong: ({ text }) => text,
    stopped: () => 'The export was stopped.',
    dataIncomplete: ({ folder, missing }) => `There is no console's data in ${folder}: ${missing} is missing. Name its folder with --data-dir.`,
    backupInside: ({ folder }) => `A backup inside the data folder would be lost with it. Choose a folder outside ${folder}.`,
    manifestUnreadable: ({ file, because }) => `${file} cannot be read: ${because}. Choose another folder.`,
    notAManifest: ({ file }) => `${file} is no manifest of a backup of mtxdeck. Choose another folder.`,
    manifestNewer: ({ folder, form, known }) =>
      `${folder} was made by a newer mtxdeck (its form is ${form}, this one knows ${known}). Update mtxdeck first, or choose another folder.`,
    manifestDamaged: ({ file, entry }) =>
      `${file} is damaged: ${entry === null ? 'it names a file twice' : `"${entry}" has another form`}. Choose another folder.`,
    folderNotEmpty: ({ folder }) => `${folder} is not empty, and holds no backup of mtxdeck. Choose an empty folder.`,
    databaseNewer: ({ name, form, known }) =>
      `${name} was written by a newer mtxdeck (its form is ${form}, this one knows ${known}). Use that one's "mtxdeck backup".`,
    noRoomForBackup: ({ folder, neededBytes, freeBytes }) =>
      `The backup needs ${say.size(neededBytes)} in ${folder}, and ${say.size(freeBytes)} are free there. Nothing was written.`,
    backupStopped: () => 'The backup was stopped. What was there before still counts.',
    copyNotGood: ({ folder, into, name, fault }) =>
      `The backup was not made: the copy of ${name} is not good (${fileFaultText(fault, 'en')}). What was there before still counts. Run "mtxdeck check": where it finds nothing wrong in ${folder}, check the disk of ${into}.`,
    backupDiskFull: ({ folder }) => `The disk of ${folder} is full. The backup was not made; what was there before still counts.`,
    backupOfDamaged: ({ folder, fault }) =>
      `The backup was not made: a database in ${folder} is damaged (${fileFaultText(fault, 'en')}). Run "mtxdeck check" to see which.`,
    backupFailed: ({ folder, into, because }) => `The backup was not made (${because}). Check what ${folder} and ${into} allow.`,
    noBackup: ({ folder, manifest }) => `There is no backup in ${folder}: it has no ${manifest}.`,
    backupNotWhole: ({ folder, name, fault }) =>
      `The backup in ${folder} is not whole: ${fault === 'notNamed' ? `it names no ${name}` : `${name} ${backupFault[fault]}`}.`,
    backupNewer: ({ name, form, known }) =>
      `The backup was made by a newer mtxdeck: the form of its ${name} is ${form}, this one knows ${known}. Update mtxdeck first.`,
    backupWithinData: ({ folder }) => `The backup lies inside ${folder}. Move it out first.`,
    dataNotEmpty: ({ folder }) => `${folder} is not empty. With --replace the console's data in it are moved aside, and the backup takes their place.`,
    noRoomForRestore: ({ folder, neededBytes, freeBytes }) =>
      `The restore needs ${say.size(neededBytes)} in ${folder}, and ${say.size(freeBytes)} are free there.`,
    changedMeanwhile: ({ name }) => `${name} changed while it was copied. Nothing was replaced; try again.`,
    restoreDiskFull: ({ folder, aside }) =>
      aside === null
        ? `The disk of ${folder} is full. The restore was not made; what is there is as it was.`
        : `The disk of ${folder} is full. The restore did not end: make room and run it again, since the console does not start on this folder until then. What was there lies in ${aside}.`,
    restoreFailed: ({ folder, aside, because }) =>
      aside === null
        ? `The restore was not made (${because}). What is in ${folder} is as it was.`
        : `The restore did not end (${because}). The console does not start on ${folder} until the same restore was run again; what was there lies in ${aside}.`,
  },
  inUse: "Or export from that one's charts; a console that serves browsers is asked with --url.",
  warning: (text: string) => `Warning: ${text}`,
  warnings: {
    tokenShort: ({ letters }) => `The sign-in token has only ${letters} characters: longer ones are harder to guess.`,
    tokenOpen: ({ file }) => `Other users of this machine can read ${file}: run "chmod 600" on it.`,
    tlsOff: () =>
      'Others on the network can read tokens and all figures on their way: TLS is off, and plainHttp is set. Name a certificate and its key under tls in the configuration.',
    tokensRefused: () =>
      'TLS is off: tokens are accepted from this machine, and through a trusted proxy that says it was asked over https. Name a certificate and its key under tls in the configuration, or set plainHttp to accept tokens that others on the network can read.',
    metricsNotServed: ({ host, port, why, because }) =>
      `Metrics are not served at ${addressOf({ host, port })}: ${{ portTaken: 'the port is taken', portForbidden: 'this user may not listen there', noSuchAddress: 'this machine has no such address', other: because }[why]}. The console runs; correct "metricsListen" and start it again.`,
    notBuilt: () => 'The console is not built, so browsers see no page: run "npm run build".',
  },
  serves: (version: string, url: string) => `mtxdeck ${version} serves the console at ${url}`,
  servesMetrics: (url: string) => `Metrics for Prometheus: ${url}`,
  openSignedIn: (url: string) => `Open it signed in: ${url}`,
  madeToken: (file: string, token: string) => `Its sign-in token, shown this once and kept in ${file}: ${token}`,
  tokenInFile: (file: string) => `Its sign-in token is in ${file}`,
  tokenInVariable: 'Its sign-in token is the one in MTXDECK_TOKEN',
  opensInBrowser: (why: string) => `${why} It opens in the browser instead.`,
  openInBrowser: (why: string, url: string) => `${why} Open ${url} in a browser instead.`,
  demoRuns: (count: number) => `${say.count(count, { one: 'demo server runs', other: 'demo servers run' })} until this is stopped (Ctrl-C).`,
  broke: (file: string | null) => `mtxdeck broke and ends: this is a bug of ours.${file === null ? '' : ` ${file} says more; "mtxdeck diagnose" packs it up.`}`,
  diagnosisWritten: (file: string) => `Written to ${file}. Read it before you send it: it names your servers and streams, and holds no secrets.`,
  progress: {
    building: () => 'The console is being built …',
    downloading: ({ seconds }) => `Electron's runtime is downloaded once, for at most ${say.number(seconds)} s …`,
    stillDownloading: ({ seconds }) => `Downloading for ${say.number(seconds)} s …`,
    readingCopy: ({ name }) => `${name}: reading the copy …`,
    readingBackup: ({ madeAt }) => `Reading the backup of ${say.momentOf(madeAt)} …`,
  },
  backedUp: ({ folder, files, bytes, reused }: { readonly folder: string; readonly files: number; readonly bytes: number; readonly reused: number }) =>
    `Backed up into ${folder}: ${say.number(files)} files, ${say.size(bytes)}${reused > 0 ? `; ${say.number(reused)} of them were there already` : ''}.`,
  key: {
    included: "The key of the servers' passwords is in it: keep it as safe as the passwords themselves.",
    leftOut: "The servers' passwords are in it, encrypted; their key (secrets.key) is not. Keep a copy of it elsewhere, or back up with --with-key.",
    none: "The servers' passwords are in it, encrypted; their key is not in the data folder (a desktop's system keeps it), so on another machine they have to be entered again.",
  },
  keptOfEarlier: (name: string) => `${name} is of an earlier backup and not part of this one; it was left there.`,
  leftOut: (name: string, because: string) => `Left out: ${name}, for ${because}. "mtxdeck check" says more.`,
  damagedInCopy: (name: string, because: string) => `Damaged in the console's data and so in the copy: ${name}: ${because}. All else in it can be read.`,
  restored: ({ folder, madeAt, madeBy }: { readonly folder: string; readonly madeAt: string; readonly madeBy: string }) =>
    `Restored into ${folder}: the backup of ${say.momentOf(madeAt)}, made by mtxdeck ${madeBy}.`,
  replaced: (folder: string) => `What was there lies in ${folder}; delete it when you are sure.`,
  restoredKey: {
    restored: "The key of the servers' passwords was restored too.",
    stays: "The backup brought no key of the servers' passwords: that of this folder stays. Passwords that it does not open have to be entered again.",
    missing: "The backup brought no key of the servers' passwords: copy the old folder's secrets.key beside main.db, or enter the passwords again.",
  },
  damagedInBackup: (name: string) => `${name} was damaged when the backup was made, and is not in it.`,
  checked: ({ folder, servers, seals, chunks, minutes, events, archives, backups }: Checked) =>
    `Read in ${folder}: ${servers} stored servers, ${seals} seals with ${chunks} chunks and ${minutes} sets of minutes, ${events} events, ${archives} archives, ${backups} copies.`,
  wrong: (file: string, what: string, todo: string) => `WRONG: ${file}: ${what}. ${todo}`,
  verdict: (count: number) =>
    count === 0 ? 'All of it is as it was written.' : count === 1 ? 'One thing is wrong.' : `${say.number(count)} things are wrong.`,
  faults: {
    notThere: () => 'it is not there',
    cutOff: () => 'its end is missing',
    empty: () => 'it is empty',
    newer: ({ form, known }) => `it was written by a newer mtxdeck (format ${form}, this one knows ${known})`,
    older: () => 'it was written by an mtxdeck of before 26 November 2026',
    damaged: ({ said }) => `it is damaged: ${said}`,
    unreadable: ({ said }) => `it cannot be read: ${said}`,
    restoreUnfinished: () => 'a restore into this folder did not end: run the same restore again',
    contents: ({ fault }) => fileFaultText(fault, 'en'),
    part: ({ fault }) => fileFaultText(fault, 'en'),
    archiveMissing: () => 'it is missing, though the history lists it',
    bytesChanged: () => 'its bytes are not those that were written (SHA-256)',
    misnamed: ({ of, period }) => `its name is wrong: it says of itself that it is ${heldText(of, period, 'en')}`,
    notOurs: () => 'it has no name of ours',
  },
  notes: {
    notListedYet: (file) => `${file} is not listed yet; the console takes it in when it runs.`,
    asideDamaged: (file) => `${file} was damaged and set aside earlier; nothing reads it.`,
    asideReplaced: (file) => `${file} was put in the place of a file in use, and was set aside earlier; nothing reads it.`,
    restoreReplaced: (file) => `${file} holds what a restore replaced; nothing reads it.`,
  },
  todo: {
    update: 'Update mtxdeck, or name another data folder.',
    openBefore: 'Open the data folder once with an mtxdeck of that day, then with this one.',
    checkDisk: 'Check the disk and who owns the folder, then check again.',
    restoreAgain: 'Run the same "mtxdeck restore" again, with --replace.',
    start: 'Start mtxdeck: it sets the file aside and puts the newest good copy from backups/ in its place.',
    deleteCopy: 'Delete this copy; mtxdeck makes a new one each day.',
    moveFile: 'Move the file to another folder.',
    copyBack: 'Copy the file back from a backup; without it that time is shown from coarser figures only.',
    copyBackDamaged: 'Copy the file back from a backup; mtxdeck sets this one aside when it next reads it.',
    nothing: 'Nothing has to be done: mtxdeck leaves this part out and keeps the rest. To have it back, restore a backup.',
    startNew: 'Start mtxdeck: it begins a new file. To have the past back, restore a backup.',
    startNewDamaged: 'Start mtxdeck: it sets the file aside and begins a new one. To have the past back, restore a backup.',
  },
  once: {
    noServers: 'No servers are named: give them in the configuration (--config FILE) or in MTXDECK_SERVERS.',
    streams: (count: number) => say.count(count, { one: 'stream', other: 'streams' }),
    noAnswer: 'DOES NOT ANSWER',
    host: 'host',
    notRead: 'CAN NOT BE READ',
    load: 'load',
    memory: (percent: string, total: string) => `memory ${percent} of ${total}`,
    up: (time: string) => `up ${time}`,
    ofCore: (percent: string, memory: string) => `mediamtx ${percent} of a core, ${memory}`,
    disk: (used: string, free: string) => `${used} used, ${free} free`,
    network: (received: string, sent: string) => `${received} in, ${sent} out`,
  },
} satisfies KindTexts & Readonly<Record<string, unknown>>

/** Why a command could not do what it was asked for, and what to do. */
export function failureText(failure: Failure): string {
  switch (failure.kind) {
    case 'problems':
      return problemsText(failure.problems, 'en')
    case 'console':
      return consoleTroubleText(failure.trouble, 'en')
    case 'inUse':
      return `${consoleTroubleText(failure.trouble, 'en')} ${commandWords.inUse}`
    default:
      return textOf(commandWords.failures, failure)
  }
}

export function progressText(progress: Progress): string {
  return progress.kind === 'copying' ? copyingText(progress) : textOf(commandWords.progress, progress)
}

/** "history.db (12 MB) …", "history/samples-2026-11-14.db (2/7) …". */
function copyingText({ name, bytes, no, of }: Extract<Progress, { kind: 'copying' }>): string {
  const detail = bytes !== undefined ? say.size(bytes) : no !== undefined && of !== undefined ? `${say.number(no)}/${say.number(of)}` : null
  return `${name}${detail === null ? '' : ` (${detail})`} …`
}

export function startWarningText(warning: StartWarning): string {
  return warning.kind === 'secrets' ? secretsText(warning.secrets, 'en') : textOf(commandWords.warnings, warning)
}
/** What is wrong with a file of the data folder. */
export function faultText(fault: Fault): string {
  return textOf(commandWords.faults, fault)
}
