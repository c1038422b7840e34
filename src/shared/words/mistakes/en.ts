import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { MistakeWords, Nouns } from './mistakeWords.ts'

const say = sayIn('en')
const either = (meant: string | null, known: string) => (meant === null ? known : `did you mean ${meant}?`)
const empty: Nouns = {
  headerValue: 'the value of the header is empty',
  certificate: 'the certificate is empty',
  serverName: 'Give the server a name',
  hostName: 'Give the host a name',
  channelName: 'Give the channel a name',
  maintenanceName: 'Give the window a name',
  wallName: 'Give the wall a name',
  pattern: 'the pattern is empty',
  runbook: 'the runbook is empty',
  ruleName: 'give the rule a name',
  user: 'the user is empty',
  password: 'the password is empty',
  passphrase: 'the passphrase is empty',
  token: 'the token is empty',
  secret: 'the secret is empty',
  tag: 'A tag has at least one letter',
  apiAddress: 'Enter the address of the API, such as http://10.0.0.5:9997',
  address: 'the address is empty',
  reason: 'Say why',
  comment: 'Write a comment',
  privateKey: 'the private key is empty',
  file: 'the file name is empty',
  processName: 'the name of the process is empty',
  serverId: 'the id of the server is empty',
  probeName: 'give the probe a name',
  consoleName: 'give the console a name',
  project: 'the project is empty',
  list: 'the list is empty',
  template: 'the template is empty',
  settingValue: 'the value is empty',
}
const nouns: Nouns = {
  headerValue: 'the value of a header',
  certificate: 'a certificate',
  serverName: 'a name',
  hostName: 'a name',
  channelName: 'a name',
  maintenanceName: 'a name',
  wallName: 'a name',
  pattern: 'a pattern',
  runbook: 'a runbook',
  ruleName: 'a name',
  user: 'a user',
  password: 'a password',
  passphrase: 'a passphrase',
  token: 'a token',
  secret: 'a secret',
  tag: 'a tag',
  apiAddress: 'an address',
  address: 'an address',
  reason: 'a reason',
  comment: 'a comment',
  privateKey: 'a private key',
  file: 'a file name',
  processName: 'the name of a process',
  serverId: 'the id of a server',
  probeName: 'a name',
  consoleName: 'a name',
  project: 'a project',
  list: 'a list',
  template: 'a template',
  settingValue: 'a value',
}
const types = { text: 'text', list: 'a list', object: 'keys and values', number: 'a number', boolean: 'true or false' }
const unreadable: Readonly<Record<string, string>> = { ENOENT: 'there is no such file', EACCES: 'this user may not read it', EISDIR: 'it is a folder' }
const unusableAlias = {
  unknown: 'there is no anchor (&) of this name before it; put a value that begins with * in quotes',
  circular: 'it stands within the value that it repeats',
  notAMap: '<< takes keys and values',
  tooMany: 'aliases (*) make the file too large',
}

export const en: Rest<MistakeWords> = {
  notPem: ({ what }) =>
    what === 'key' ? 'This is no private key in PEM (-----BEGIN PRIVATE KEY-----)' : 'This is no certificate in PEM (-----BEGIN CERTIFICATE-----)',
  notOfType: ({ type }) => `expected ${types[type]}`,
  notOneOf: ({ words }) => `expected one of ${words.join(', ')}`,
  unknownKey: ({ meant, known }) => (meant === null && known.length === 0 ? 'unknown key' : `unknown key; ${either(meant, `known are ${known.join(', ')}`)}`),
  aliasUnusable: ({ because }) => unusableAlias[because],
  empty: ({ what }) => empty[what],
  tooLong: ({ what, most }) => `${nouns[what]} has at most ${say.number(most)} letters`,
  notOneLine: ({ what }) =>
    what === 'token' ? 'A token is one line of letters, digits and signs that a header can carry' : `${nouns[what]} is one line of text`,
  hiddenCharacter: ({ what, code }) => `${nouns[what]} has no invisible characters: leave out ${code}`,
  configurationUnreadable: ({ file, code }) => `Can't read the configuration ${file}: ${unreadable[code] ?? code}`,
  fileUnreadable: ({ file, code }) => `can't read ${file}: ${unreadable[code] ?? code}`,
  givenBeside: ({ other, oneOf }) => `stands beside ${other}: give one of ${oneOf.join(', ')}`,
  userAlone: ({ oneOf }) => `a user needs one of ${oneOf.join(', ')}`,
  sshMissing: ({ local }) => `"ssh" is missing${local ? '; or say' : ', such as noc@10.0.0.5:22; or'} "local: true" for this machine`,
  signInMissing: ({ oneOf }) => `how to sign in is missing: give one of ${oneOf.join(', ')}: true`,
  notAStreamAddress: ({ schemes }) => `expected the address of a stream, beginning with ${schemes.map((scheme) => `${scheme}://`).join(', ')}`,
  channelKindMissing: ({ oneOf }) => `the kind of channel is missing: give one of ${oneOf.join(', ')}`,
  secretMissing: ({ oneOf }) => `its secret is missing: give one of ${oneOf.join(', ')}`,
  notANamingTemplate: ({ fault, part }) =>
    ({
      noField: 'a template names at least one field in braces, such as {examId}_{timestamp}',
      braces: `a brace is not closed or not opened at ${part}`,
      fieldName: `“${part}” is no name of a field: use letters, digits, _ or -, beginning with a letter`,
      fieldTwice: `the field ${part} stands there twice`,
      fieldType: `“${part}” has no known type: use text, int, timestamp, s, ms, date, or values such as hd|sd`,
      nothingBetween: `nothing separates the fields at ${part}: put a character between them, such as _`,
      tooManyFields: `a template has at most ${part} fields`,
    })[fault],
  nameTwice: ({ name, of, first }) => `another ${of} (${first}) has the name "${name}"`,
  patternUnsupported: ({ text, what }) =>
    `"${text}" uses ${what === 'lookAround' ? 'look-ahead or look-behind, such as (?=…)' : 'a back reference, such as \\1'}. mtxdeck does not have that, as MediaMTX does not: write it without, or as an exception`,
  noSuchRule: ({ text, meant, known }) =>
    `mtxdeck has no rule "${text}"; ${either(meant, `there are ${known.join(', ')}`)}${meant === null ? '.' : ''} A rule of your own needs metric:, event:, state: or flaps:`,
  limitMissing: ({ oneOf }) => `give the limit, with one of ${oneOf.join(', ')}`,
  clearOnWrongSide: ({ side, limit }) =>
    side === 'below' ? `expected ${limit} or more: below its limit it cannot heal` : `expected ${limit} or less: above its limit it cannot heal`,
  remedyUnfit: ({ act }) => (act === 'runCommand' ? 'runCommand needs a rule about streams, servers or hosts' : `${act} needs a rule about streams`),
  scopeUnfit: ({ metric, of }) =>
    `${metric === null ? 'this rule is about' : `${metric} is a figure of`} a ${of === 'device' ? 'part of a host' : of}, which cannot be chosen by this`,
  noSuchParameter: ({ meant, known }) => `there is no such parameter; ${either(meant, `there are ${known.join(', ')}`)}`,
  notOneOfThese: ({ words, text }) => `expected one of ${words.join(', ')}, not "${text}"`,
  noSuchName: ({ text, meant, known }) => `there is no "${text}"; ${either(meant, `there are ${known.join(', ')}`)}`,
  notLearned: ({ metric, known }) => `what is usual of ${metric} is not learned, only of ${known.join(', ')}`,
  pathNotNamed: ({ metric, of }) =>
    of === 'device'
      ? `${metric} is a figure of a part of a host, so name it, such as disk:/, net:eth0 or gpu:0`
      : `${metric} is a figure of a stream, so name its path`,
  metricOfOther: ({ metric, of }) => `${metric} is a figure of a ${of === 'device' ? 'part of a host' : of}, and not all of these subjects are one`,
  noServerOfName: ({ name, meant, known }) =>
    `there is no "${name}"; ${either(meant, known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`)}`,
}
