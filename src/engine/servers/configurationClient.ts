import type { Slices } from '../../clock/slices.ts'
import type { ServerError } from '../../shared/errors.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { encodePathName } from '../http/encodePathName.ts'
import { type ApiAnswers, inForm } from './apiAnswers.ts'
import { type EndpointNames, pathDefaultsEndpoint } from './apiEndpoints.ts'
import type { ListFetcher } from './apiLists.ts'
import type { InfoClient } from './infoClient.ts'
import type { JsonLimits } from './jsonInSlices.ts'
import { configuredPathListReading } from './listReadings.ts'
import { readConfigurationAnswers } from './parseConfiguration.ts'
import type { Ask, ConfigurationReading, MediaServerClient, Requests } from './readings.ts'

/** The part of `MediaServerClient` that is about the server's configuration. */
type ConfigurationClient = Pick<MediaServerClient, 'readConfiguration' | 'readConfiguredPath' | 'readPathDefaults' | 'changeConfiguredPath'>

interface ConfigurationClientDeps {
  readonly answers: ApiAnswers
  readonly readPages: ListFetcher
  readonly names: EndpointNames
  readonly info: Pick<InfoClient, 'learnVersion'>
  /** What is kept of an answer that is only shown and acted on. */
  readonly shownLimits: JsonLimits
  readonly slices: Slices
  /** The API's, with brackets around IPv6. */
  readonly host: string
}

const noBody = Buffer.alloc(0)
/** An RTP source's SDP and the command lines of hooks are the longest texts of an entry. */
const wholeEntryLimits = { text: 65_536, items: 10_000, keys: 500 }

/** Of an answer that is written back some day: it is whole, or is not used. */
async function whole<T>(read: (limits: JsonLimits) => Promise<Result<T, ServerError>>): Promise<Result<T, ServerError>> {
  let isCut = false
  const found = await read({
    ...wholeEntryLimits,
    wanted: null,
    onCut: () => {
      isCut = true
    },
  })
  return isCut ? err({ kind: 'tooLarge', limitBytes: wholeEntryLimits.text }) : found
}

/** Reads one server's configuration, and reads and changes single entries of it as they are written. */
export function createConfigurationClient({ answers, readPages, names, info, shownLimits, slices, host }: ConfigurationClientDeps): ConfigurationClient {
  const configuredPaths = configuredPathListReading(shownLimits)

  async function* readConfiguration(ask: Ask): Requests<Result<ConfigurationReading, ServerError>> {
    const global = await ask((signal) => answers.readFields('config/global/get', shownLimits, signal))
    if (!global.ok) return global
    yield
    const defaults = await ask((signal) => names.withNames(pathDefaultsEndpoint, (name) => answers.readFields(name, shownLimits, signal)))
    if (!defaults.ok && defaults.error.kind !== 'noApiHere') return defaults
    yield
    const paths = yield* readPages('config/paths/list', configuredPaths, ask)
    if (!paths.ok) return paths
    const found = { global: global.value, pathDefaults: defaults.ok ? defaults.value : {}, paths: paths.value.items }
    return ask((signal) => inForm(noBody, () => readConfigurationAnswers(found, host, slices.begin(), signal)))
  }

  return {
    readConfiguration,
    readConfiguredPath: async (name, signal) => whole((limits) => answers.readNamed(`config/paths/get/${encodePathName(name)}`, limits, signal)),
    readPathDefaults: async (signal) => {
      await info.learnVersion(signal)
      const read = await names.withNames(pathDefaultsEndpoint, (name) => whole((limits) => answers.readNamed(name, limits, signal)))
      return !read.ok && read.error.kind === 'noApiHere' ? ok(null) : read
    },
    changeConfiguredPath: (change, name, settings, signal) => {
      const endpoint = (what: string) => `config/paths/${what}/${encodePathName(name)}`
      if (change === 'remove') return answers.change('DELETE', endpoint('delete'), null, signal)
      return change === 'add' ? answers.change('POST', endpoint('add'), settings, signal) : answers.change('PATCH', endpoint('patch'), settings, signal)
    },
  }
}
