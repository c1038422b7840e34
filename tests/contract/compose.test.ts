import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readConfig } from '../../src/configuration/config.ts'
import { checkConfigurationFile } from '../../src/engine/configurations/checkFile.ts'
import { problemText } from '../../src/i18n/validationErrorText.ts'

// compose.yaml, the Containerfile and what is mounted name the same ports, folders, users, variables and secrets.

interface Service {
  readonly image: string
  readonly hostname?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly secrets?: readonly string[]
  readonly volumes: readonly string[]
  readonly ports: readonly string[]
  readonly read_only: boolean
  readonly cap_drop: readonly string[]
  readonly security_opt: readonly string[]
}
interface Compose {
  readonly services: Readonly<Record<'mtxdeck' | 'mediamtx' | 'prometheus' | 'grafana', Service>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
  readonly volumes: Readonly<Record<string, null>>
}
const text = (file: string): string => readFileSync(file, 'utf8')
const { services, secrets, volumes } = parse(text('compose.yaml'), { merge: true }) as Compose
const { mtxdeck, mediamtx, prometheus, grafana } = services
const containerfile = text('Containerfile')
const ofImage = Object.fromEntries((/^ENV (.*)$/m.exec(containerfile)?.[1] ?? '').split(' ').map((pair) => pair.split('=', 2) as [string, string]))
const secretFile = (name: string) => `/run/secrets/${name}`
/** What the console reads of its image and of compose.yaml. */
const read = readConfig({
  file: { path: ofImage.MTXDECK_CONFIG ?? '', text: '' },
  env: { ...ofImage, ...mtxdeck.environment },
  flags: {},
  cwd: '/',
  readText: (path) => {
    if (!mtxdeck.secrets?.some((name) => path === secretFile(name))) throw new Error(path)
    return 'a-secret-of-this-test\n'
  },
})
if (!read.ok) throw new Error(read.error.map((one) => problemText(one, 'en')).join('\n'))
const config = read.value

test.each(Object.entries(services))('%s writes its volumes alone, gains no rights, has a version, and is open to this machine alone', (_, service) => {
  expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
  expect(service.image).toMatch(service === mtxdeck ? /^localhost\// : /:v?\d+\.\d+\.\d+$/)
  for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1(\/udp)?$/)
  for (const mounted of service.volumes) {
    const [source = '', , mode] = mounted.split(':')
    if (source.startsWith('.')) expect([existsSync(source), mode], source).toEqual([true, 'ro'])
    else expect(volumes).toHaveProperty(source)
  }
  for (const name of service.secrets ?? []) expect(secrets).toHaveProperty(name)
  for (const [, name = ''] of JSON.stringify(service.environment ?? {}).matchAll(/\/run\/secrets\/(\w+)/g)) expect(service.secrets).toContain(name)
})

test('the console listens at the port that is published and checked, and keeps its data in the volume', () => {
  expect(config.listen).toEqual({ host: '', port: 8787 })
  expect(containerfile).toContain('EXPOSE 8787')
  expect(mtxdeck.ports).toEqual(['127.0.0.1:8787:8787'])
  expect(containerfile).toContain(`VOLUME ${config.dataDir}`)
  expect(mtxdeck.volumes).toEqual([`mtxdeck:${config.dataDir}`])
  expect(config.tokenFile).toBe(`${config.dataDir}/token`)
})

test('MediaMTX lets the console in: same name, port, user and password, and its file has no mistakes', () => {
  const file = text('build/container/mediamtx.yml')
  const [, version = ''] = mediamtx.image.split(':')
  expect(checkConfigurationFile(file, version)).toMatchObject({ mistakes: [] })
  const { authInternalUsers: users, ...settings } = parse(file) as { authInternalUsers: readonly { user: string; permissions: readonly object[] }[] }
  expect(settings).toMatchObject({ api: 'yes' })
  expect(config.servers).toMatchObject([{ url: 'http://mediamtx:9997', auth: { kind: 'basic', user: users[0]?.user, password: 'a-secret-of-this-test' } }])
  expect(users[0]?.permissions).toContainEqual({ action: 'api' })
  expect(mediamtx.environment?.MTX_AUTHINTERNALUSERS_0_PASS).toMatch(/^\$\{MEDIAMTX_PASSWORD:\?/)
  // Whoever is in the network of these containers may not ask the API without a password.
  expect(users.slice(1).flatMap(({ permissions }) => permissions)).not.toContainEqual({ action: 'api' })
})

test('Prometheus scrapes the console with its token, and Grafana draws the dashboards from Prometheus', () => {
  const scraping = parse(text('build/container/prometheus.yml'))
  expect(scraping.scrape_configs).toMatchObject([
    { static_configs: [{ targets: [`${mtxdeck.hostname}:${config.listen.port}`] }], authorization: { credentials_file: config.metricsTokenFile } },
  ])
  expect(prometheus.secrets?.map(secretFile)).toContain(config.metricsTokenFile)
  expect(config.plainHttp).toBe(true)
  const mountedAt = (folder: string) => prometheus.volumes.find((mounted) => mounted.split(':')[1] === folder)
  for (const rules of scraping.rule_files) expect(mountedAt(`/etc/prometheus/${rules}`)).toContain(`/prometheus/${rules}`)

  expect(parse(text('build/container/grafana-datasource.yaml')).datasources).toMatchObject([
    { type: 'prometheus', isDefault: true, url: `http://prometheus:${prometheus.ports[0]?.split(':').at(-1)}` },
  ])
  const [{ options }] = parse(text('build/container/grafana-dashboards.yaml')).providers
  expect(grafana.volumes).toContain(`./grafana:${options.path}:ro`)
})

test.skipIf(process.platform === 'win32')('its passwords are made once, each another one, and read by nobody else on the machine', () => {
  const dir = mkdtempSync(join(tmpdir(), 'mtxdeck-compose-'))
  const make = () => execFileSync('sh', ['build/container/secrets.sh', dir])
  const made = () => Object.values(secrets).map(({ file }) => readFileSync(join(dir, file), 'utf8'))
  make()
  const first = made()
  for (const one of first) expect(one).toMatch(/^[0-9a-f]{48}$/)
  expect(new Set(first).size).toBe(Object.keys(secrets).length)
  expect(readFileSync(join(dir, '.env'), 'utf8')).toBe(`MEDIAMTX_PASSWORD=${readFileSync(join(dir, secrets.mediamtx?.file ?? ''), 'utf8')}\n`)
  expect(['secrets', '.env'].map((name) => statSync(join(dir, name)).mode & 0o777)).toEqual([0o700, 0o600])
  make()
  expect(made()).toEqual(first)
  rmSync(dir, { recursive: true })
})
