/** One setting of the headless console: its YAML key and its environment variable. `words/commands` describes what it is for. */
export interface Setting {
  /** Key in the configuration file, with dots between levels; null: environment variable only. */
  readonly key: string | null
  readonly env: string
}

/** THE table of settings: the configuration parser and `--help` use it. */
export const settings = [
  { key: null, env: 'MTXDECK_CONFIG' },
  { key: 'listen', env: 'MTXDECK_LISTEN' },
  { key: 'tokenFile', env: 'MTXDECK_TOKEN_FILE' },
  { key: null, env: 'MTXDECK_TOKEN' },
  { key: 'metricsTokenFile', env: 'MTXDECK_METRICS_TOKEN_FILE' },
  { key: 'probesTokenFile', env: 'MTXDECK_PROBES_TOKEN_FILE' },
  { key: 'metricsListen', env: 'MTXDECK_METRICS_LISTEN' },
  { key: 'dataDir', env: 'MTXDECK_DATA_DIR' },
  { key: 'publicUrl', env: 'MTXDECK_PUBLIC_URL' },
  { key: 'trustedProxies', env: 'MTXDECK_TRUSTED_PROXIES' },
  { key: 'plainHttp', env: 'MTXDECK_PLAIN_HTTP' },
  { key: 'tls.certFile', env: 'MTXDECK_TLS_CERT_FILE' },
  { key: 'tls.keyFile', env: 'MTXDECK_TLS_KEY_FILE' },
  { key: 'tls.hsts', env: 'MTXDECK_TLS_HSTS' },
  { key: 'keepDays', env: 'MTXDECK_KEEP_DAYS' },
  { key: 'keepBytes', env: 'MTXDECK_KEEP_BYTES' },
  { key: 'logDir', env: 'MTXDECK_LOG_DIR' },
  { key: 'logStderr', env: 'MTXDECK_LOG_STDERR' },
  { key: 'logLevel', env: 'MTXDECK_LOG_LEVEL' },
  { key: 'ffmpeg', env: 'MTXDECK_FFMPEG' },
  { key: null, env: 'MTXDECK_MEDIA' },
  { key: null, env: 'MTXDECK_SANDBOX' },
  { key: 'demo', env: 'MTXDECK_DEMO' },
  { key: 'servers', env: 'MTXDECK_SERVERS' },
  { key: 'hosts', env: 'MTXDECK_HOSTS' },
  // As applications name their MediaMTX.
  { key: null, env: 'MEDIAMTX_HOST' },
  { key: null, env: 'MEDIAMTX_WHIP_PORT' },
  { key: null, env: 'MEDIAMTX_RTSP_PORT' },
  { key: null, env: 'MEDIAMTX_WHIP_URL' },
  { key: null, env: 'MEDIAMTX_WHEP_URL' },
] as const satisfies readonly Setting[]

export type SettingEnv = (typeof settings)[number]['env']
