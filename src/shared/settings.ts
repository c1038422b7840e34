/** One setting of the headless console: its YAML key and its environment variable. */
interface Setting {
  /** Key in the configuration file, with dots between levels; null: environment variable only. */
  readonly key: string | null
  readonly env: string
  /** The variable has it as YAML or JSON, as the file has it. */
  readonly yaml?: true
  /** What it sets, and its default, for `--help`. */
  readonly help: string
}

/** THE table of settings: the configuration parser and `--help` use it. */
export const settings = [
  { key: null, env: 'MTXDECK_CONFIG', help: 'the configuration file (--config)' },
  { key: 'listen', env: 'MTXDECK_LISTEN', help: 'address and port of the console; 127.0.0.1:8787' },
  { key: 'tokenFile', env: 'MTXDECK_TOKEN_FILE', help: 'file with the sign-in token; made and printed once where absent; DATADIR/token' },
  { key: null, env: 'MTXDECK_TOKEN', help: 'the sign-in token itself, instead of a file' },
  {
    key: 'metricsTokenFile',
    env: 'MTXDECK_METRICS_TOKEN_FILE',
    help: 'file of a token that may read /metrics for Prometheus and nothing else; made where absent',
  },
  {
    key: 'probesTokenFile',
    env: 'MTXDECK_PROBES_TOKEN_FILE',
    help: 'file of a token that may read what probes see, for another mtxdeck, and nothing else; made where absent',
  },
  { key: 'metricsListen', env: 'MTXDECK_METRICS_LISTEN', help: "address at which only /metrics is served, beside the console's own (--metrics-listen)" },
  { key: 'dataDir', env: 'MTXDECK_DATA_DIR', help: 'folder of the databases and the secrets key (--data-dir)' },
  { key: 'publicUrl', env: 'MTXDECK_PUBLIC_URL', help: 'address under which browsers reach the console where a proxy stands in front' },
  { key: 'trustedProxies', env: 'MTXDECK_TRUSTED_PROXIES', help: 'addresses or networks of the proxies whose X-Forwarded-For or Forwarded is believed' },
  { key: 'plainHttp', env: 'MTXDECK_PLAIN_HTTP', help: 'true: tokens are accepted without TLS, where others on the network can read them (--plain-http)' },
  { key: 'tls.certFile', env: 'MTXDECK_TLS_CERT_FILE', help: 'certificate (PEM) of the console' },
  { key: 'tls.keyFile', env: 'MTXDECK_TLS_KEY_FILE', help: 'its key (PEM)' },
  { key: 'tls.hsts', env: 'MTXDECK_TLS_HSTS', help: 'true: browsers are told to use this host name over TLS only, at every port (HSTS)' },
  { key: 'keepDays', env: 'MTXDECK_KEEP_DAYS', help: 'samples are kept this many days; 30' },
  { key: 'keepBytes', env: 'MTXDECK_KEEP_BYTES', help: 'samples take at most this much; 20GB' },
  { key: 'logDir', env: 'MTXDECK_LOG_DIR', help: 'folder of the log files, rotated, 60 MB at most; DATADIR/logs' },
  { key: 'logStderr', env: 'MTXDECK_LOG_STDERR', help: 'true: log to stderr too, as JSON lines' },
  { key: 'logLevel', env: 'MTXDECK_LOG_LEVEL', help: 'debug, info, warn or error; info' },
  { key: 'ffmpeg', env: 'MTXDECK_FFMPEG', help: 'the ffmpeg that makes stills where node-av does not load and Settings names none; the one on the PATH' },
  { key: 'updates', env: 'MTXDECK_UPDATES', help: 'address of a release.json, which tells once a day whether there is a newer version' },
  { key: null, env: 'MTXDECK_MEDIA', help: 'node-av or ffmpeg: makes stills with that one alone' },
  { key: null, env: 'MTXDECK_SANDBOX', help: 'bwrap or off: the sandbox of what reads streams; bwrap where this machine has and allows it' },
  { key: 'demo', env: 'MTXDECK_DEMO', help: 'true: watch the demo fleet (--demo)' },
  { key: 'webrtcAllowOrigins', env: 'MTXDECK_WEBRTC_ALLOW_ORIGINS', help: 'origins of the pages of applications that may use the WebRTC relay' },
  { key: 'servers', env: 'MTXDECK_SERVERS', yaml: true, help: 'the servers' },
  { key: 'hosts', env: 'MTXDECK_HOSTS', yaml: true, help: 'the machines under them' },
  { key: 'channels', env: 'MTXDECK_CHANNELS', yaml: true, help: 'who is notified of alarms' },
  { key: 'routes', env: 'MTXDECK_ROUTES', yaml: true, help: 'of which alarms each channel is notified; left out: of all' },
  { key: 'heartbeat', env: 'MTXDECK_HEARTBEAT', yaml: true, help: 'a watcher elsewhere that misses this console when it ends' },
  { key: 'drill', env: 'MTXDECK_DRILL', yaml: true, help: 'when a test message goes through every channel' },
  { key: 'maintenance', env: 'MTXDECK_MAINTENANCE', yaml: true, help: 'when nobody is notified, because of planned work' },
  { key: 'rules', env: 'MTXDECK_RULES', yaml: true, help: 'changes of the rules, and rules of your own' },
  { key: 'onAir', env: 'MTXDECK_ON_AIR', yaml: true, help: 'when streams are to be on air' },
  { key: 'snapshots', env: 'MTXDECK_SNAPSHOTS', yaml: true, help: 'how often snapshots are taken, unless Settings says' },
  { key: 'probes', env: 'MTXDECK_PROBES', yaml: true, help: 'streams that are measured by their addresses' },
  { key: 'vantages', env: 'MTXDECK_VANTAGES', yaml: true, help: 'other consoles that probe the same streams' },
  { key: 'canaries', env: 'MTXDECK_CANARIES', yaml: true, help: 'test signals that are published and read back' },
  { key: 'dailyCheck', env: 'MTXDECK_DAILY_CHECK', yaml: true, help: 'the daily look at every camera' },
  { key: 'naming', env: 'MTXDECK_NAMING', yaml: true, help: 'templates that take names of streams apart' },
  { key: 'oidc', env: 'MTXDECK_OIDC', yaml: true, help: 'the provider that people sign in with' },
  // As applications name their MediaMTX.
  { key: null, env: 'MEDIAMTX_HOST', help: 'host of a MediaMTX to watch, with the port of its API if that is not 9997' },
  { key: null, env: 'MEDIAMTX_WHIP_PORT', help: 'its port for WebRTC' },
  { key: null, env: 'MEDIAMTX_RTSP_PORT', help: 'its port for RTSP' },
  { key: null, env: 'MEDIAMTX_WHIP_URL', help: 'its address for WHIP, such as http://localhost:8889/test/whip, instead of host and port' },
  { key: null, env: 'MEDIAMTX_WHEP_URL', help: 'its address for WHEP, likewise' },
] as const satisfies readonly Setting[]

export type SettingEnv = (typeof settings)[number]['env']

type YamlSetting = Extract<(typeof settings)[number], { readonly yaml: true }>
export type YamlSettingKey = YamlSetting['key']
/** Those whose variables have YAML or JSON. */
export const yamlSettings = settings.filter((setting): setting is YamlSetting => 'yaml' in setting)
