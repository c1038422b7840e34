/** One setting of the headless console: its key in the YAML, its environment variable and its words for `--help`. */
export interface Setting {
  /** Key in the configuration file, a dot between levels; null: it has none. */
  readonly key: string | null
  readonly env: string
  readonly words: string
}

/** THE table of settings: the configuration reader, `--help` and its errors all read it. */
export const settings = [
  { key: null, env: 'MTXDECK_CONFIG', words: 'the configuration file (--config)' },
  { key: 'listen', env: 'MTXDECK_LISTEN', words: 'address and port of the console; 127.0.0.1:8787' },
  { key: 'tokenFile', env: 'MTXDECK_TOKEN_FILE', words: 'file with the sign-in token; made and printed once where absent; DATADIR/token' },
  { key: null, env: 'MTXDECK_TOKEN', words: 'the sign-in token itself, instead of a file' },
  { key: 'dataDir', env: 'MTXDECK_DATA_DIR', words: 'folder of the databases, the secrets key and crash reports (--data-dir)' },
  { key: 'publicUrl', env: 'MTXDECK_PUBLIC_URL', words: 'address under which browsers reach the console where a proxy stands in front' },
  { key: 'trustedProxies', env: 'MTXDECK_TRUSTED_PROXIES', words: 'addresses or networks of the proxies whose X-Forwarded-For or Forwarded is believed' },
  { key: 'tls.certFile', env: 'MTXDECK_TLS_CERT_FILE', words: 'certificate (PEM) of the console' },
  { key: 'tls.keyFile', env: 'MTXDECK_TLS_KEY_FILE', words: 'its key (PEM)' },
  { key: 'keepDays', env: 'MTXDECK_KEEP_DAYS', words: 'samples are kept this many days; 30' },
  { key: 'keepBytes', env: 'MTXDECK_KEEP_BYTES', words: 'samples take at most this much; 20GB' },
  { key: 'logDir', env: 'MTXDECK_LOG_DIR', words: 'folder of the log files, rotated, 60 MB at most; DATADIR/logs' },
  { key: 'logStderr', env: 'MTXDECK_LOG_STDERR', words: 'true: log to stderr too, as JSON lines' },
  { key: 'logLevel', env: 'MTXDECK_LOG_LEVEL', words: 'debug, info, warn or error; info' },
  { key: 'ffmpeg', env: 'MTXDECK_FFMPEG', words: 'the ffmpeg that makes stills where node-av does not load and Settings names none; the one on the PATH' },
  { key: null, env: 'MTXDECK_MEDIA', words: 'node-av or ffmpeg: makes stills with that one alone' },
  { key: 'demo', env: 'MTXDECK_DEMO', words: 'true: watch the demo fleet (--demo)' },
  { key: 'servers', env: 'MTXDECK_SERVERS', words: 'the list of servers as YAML or JSON' },
  { key: 'hosts', env: 'MTXDECK_HOSTS', words: 'the list of the machines under them as YAML or JSON' },
] as const satisfies readonly Setting[]

export type SettingEnv = (typeof settings)[number]['env']

/** The table of environment variables, for `--help`. */
export function settingsHelp(): string {
  const width = Math.max(...settings.map(({ env }) => env.length))
  return settings.map(({ env, words }) => `  ${env.padEnd(width)}  ${words}`).join('\n')
}
