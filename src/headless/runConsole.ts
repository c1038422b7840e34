import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { inspect } from 'node:util'
import type { Clock } from '../clock/clock.ts'
import { engineOptionsOf, type HeadlessConfig } from '../configuration/config.ts'
import { followConfig, type RereadConfig } from '../configuration/followConfig.ts'
import { checkFolder } from '../engine/checkFolder.ts'
import { createEngine } from '../engine/createEngine.ts'
import type { YamlNamed } from '../engine/engineOptions.ts'
import { createLog } from '../engine/log.ts'
import { consoleTroubleText } from '../i18n/consoleTroubleText.ts'
import { secretsText } from '../i18n/noticeText.ts'
import { createMediaClient } from '../media/mediaClient.ts'
import { entryPoint } from '../shared/entryPoint.ts'
import { soleOperator } from '../shared/permissions.ts'
import { redact } from '../shared/redact.ts'
import { err, messageOf, ok } from '../shared/result.ts'
import { consoleAddressFile, openAccessToken, readSecretsKey, warnShort } from './accessToken.ts'
import { demoFailed, exitCodes } from './command.ts'
import { createConsoleServer, listenWarnings } from './http.ts'
import { readPackage, rendererDir } from './projectFiles.ts'

/** Starts the engine and the HTTP server by the configuration, or to show a bundle's file. */
export async function runConsole(
  config: HeadlessConfig,
  clock: Clock,
  { bundle = null, reread = null }: { readonly bundle?: string | null; readonly reread?: RereadConfig | null } = {},
) {
  await using stack = new AsyncDisposableStack()
  const folderTrouble = await checkFolder(clock, config.dataDir)
  // At once: all that follows waits for this disk.
  if (folderTrouble !== null) console.error(`Warning: ${consoleTroubleText(folderTrouble, 'en')}`)
  const { version, updates = null } = readPackage()
  const access = config.token === null ? openAccessToken(config.tokenFile) : ok({ token: config.token, made: false, warnings: warnShort(config.token) })
  if (!access.ok) return access
  const metricsAccess = config.metricsTokenFile === null ? ok(null) : openAccessToken(config.metricsTokenFile)
  if (!metricsAccess.ok) return metricsAccess
  const probesAccess = config.probesTokenFile === null ? ok(null) : openAccessToken(config.probesTokenFile)
  if (!probesAccess.ok) return probesAccess
  let log: Awaited<ReturnType<typeof createLog>>
  try {
    log = await createLog({ dir: config.logDir, level: config.logLevel, stderr: config.logStderr })
  } catch (error) {
    return err(`Can't write logs into ${config.logDir}: ${messageOf(error)}`)
  }
  stack.defer(() => log.close())

  const onCrash = (error: unknown) => {
    log.error({ error, version, memory: process.memoryUsage() }, 'mtxdeck broke and ends')
    console.error(inspect(redact(error), { depth: null }))
    console.error(`mtxdeck broke and ends: this is a bug of ours. "mtxdeck diagnose" packs up what the log in ${config.logDir} says.`)
    // Gives the log time to write its last line.
    void Promise.race([log.close(), new Promise<void>((resolve) => clock.setTimeout(resolve, 1000))]).finally(() => process.exit(exitCodes.crash))
  }
  process.on('uncaughtException', onCrash)
  stack.defer(() => void process.off('uncaughtException', onCrash))

  // Most consoles need none of the demo fleet's code.
  const demo = config.demo ? stack.use(await (await import('../demo/demoShowcase.ts')).openShowcase(clock).catch(demoFailed)) : null
  const withFleet = <Named extends Pick<YamlNamed, 'servers' | 'hosts' | 'probes'>>(named: Named): Named =>
    demo === null
      ? named
      : {
          ...named,
          servers: [...named.servers, ...demo.servers],
          hosts: [...named.hosts, ...demo.hosts],
          probes: [...named.probes, ...demo.probes],
        }
  const key = readSecretsKey(config.dataDir)
  // Its process starts with the first requested picture.
  const media = stack.use(createMediaClient({ clock, log, backend: config.mediaBackend, sandbox: config.mediaSandbox }))
  const engine = await createEngine(
    {
      clock,
      log,
      media,
      dataDir: config.dataDir,
      secretsKey: key,
      storeWorker: entryPoint('../engine/history/storeWorker.ts', import.meta.url),
      version,
    },
    {
      ...engineOptionsOf(withFleet(config)),
      ...(config.publicUrls[0] !== undefined && { publicUrl: config.publicUrls[0] }),
      oidc: config.oidc,
      offersThisMachine: true,
      folderTrouble,
      demo: config.demo,
      ...(demo !== null && { firstPast: demo.firstPast }),
      ...(bundle !== null && { bundle }),
      updates: config.updates ?? updates,
    },
  )
  if (!engine.ok) return err(consoleTroubleText(engine.error.trouble, 'en'))
  stack.use(engine.value)
  if (reread !== null && config.file !== null) {
    const stop = new AbortController()
    const { applyYaml, refuseYaml } = engine.value
    const following = followConfig({
      clock,
      log,
      config,
      reread,
      engine: { refuseYaml, applyYaml: (file, named) => applyYaml(file, withFleet(named)) },
      signal: stop.signal,
    })
    stack.defer(async () => {
      stop.abort()
      await following
    })
  }
  const server = await createConsoleServer({
    ...config,
    operator: soleOperator,
    engine: engine.value,
    clock,
    log,
    version,
    token: access.value.token,
    metricsToken: metricsAccess.value?.token,
    probesToken: probesAccess.value?.token,
    rendererDir,
  })
  if (!server.ok) return server
  stack.use(server.value)
  const { metrics } = server.value

  // Lets `diagnose` find the running console, whatever port it got.
  const addressFile = consoleAddressFile(config.dataDir)
  writeFileSync(addressFile, `${JSON.stringify({ url: server.value.url })}\n`, { mode: 0o600 })
  stack.defer(() => rmSync(addressFile, { force: true }))

  const warnings = [
    ...access.value.warnings,
    ...(metricsAccess.value?.warnings ?? []),
    ...listenWarnings([config.listen, ...(config.metricsListen === null ? [] : [config.metricsListen])], config),
    ...(metrics === null || metrics.ok ? [] : [`Metrics are not served at an address of their own. ${metrics.error} The console runs.`]),
    ...(key.key === null ? [secretsText(key.kept, 'en')] : []),
    ...(existsSync(rendererDir) ? [] : ['The console is not built, so browsers see no page: run "npm run build".']),
  ]
  for (const warning of warnings) log.warn({}, warning)
  log.info({ version, node: process.version, url: server.value.url, servers: config.servers.length, demo: config.demo }, 'The console is ready')
  const running = stack.move()
  return ok({
    url: server.value.url,
    signInUrl: server.value.signInUrl,
    madeToken: access.value.made ? access.value.token : null,
    /** Where the metrics are served at an address of their own; null: at none. */
    metricsUrl: metrics?.ok ? `${metrics.value.url}/metrics` : null,
    warnings,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  })
}
