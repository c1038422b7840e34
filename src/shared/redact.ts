const secretName = /^(pass|passwd|password|passphrase|secret|token|bearer|jwt|authorization|cookie|set-cookie|credentials?|key|privatekey|accesskey|apikey)$/i
const secretSuffix = /(Password|Passphrase|Secret|Token|Cookie|Credentials|Key)$/
const hidden = '[hidden]'

/** Takes passwords out of a text: user and password of URLs, secret-looking query parameters, Authorization headers. */
export const redactText = (text: string): string =>
  text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/?#@\s"']*@/gi, `$1${hidden}@`)
    .replace(/([?&;](?:pass|password|passphrase|token|jwt|secret|key|pkt_?key|auth)=)[^&#\s"']*/gi, `$1${hidden}`)
    .replace(/\b(Basic|Bearer|Digest)\s+[A-Za-z0-9._~+/=-]{4,}/g, `$1 ${hidden}`)

const maxDepth = 8

/** A copy of `value` without secrets: by the names of fields, and inside texts. Errors become plain objects. */
export const redact = (value: unknown, depth = 0): unknown => {
  if (typeof value === 'string') return redactText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > maxDepth) return '[deeper]'
  if (value instanceof Error) {
    const { name, message, stack, cause } = value
    return {
      ...Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, redact(inner, depth + 1)])),
      name,
      message: redactText(message),
      stack: stack === undefined ? undefined : redactText(stack),
      ...(cause === undefined ? {} : { cause: redact(cause, depth + 1) }),
    }
  }
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
  if (value instanceof Date || value instanceof URL) return redactText(value instanceof Date ? value.toISOString() : value.href)
  if (Array.isArray(value)) return value.map((inner) => redact(inner, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]) => [
      field,
      inner !== null && inner !== undefined && typeof inner !== 'boolean' && (secretName.test(field) || secretSuffix.test(field))
        ? hidden
        : redact(inner, depth + 1),
    ]),
  )
}
