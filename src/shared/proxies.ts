import { suchAs } from './written.ts'

/** A proxy that HTTP and mail go through: its address, or `system` for what HTTPS_PROXY, HTTP_PROXY and NO_PROXY of this machine say. Its credentials, if any, are in these. */
export const proxySchema = suchAs(
  'http://proxy.example.org:3128',
  (text) => text === 'system' || /^https?:\/\/(\[[\da-f:.]+\]|[^\s/?#@:]+)(:\d{1,5})?\/?$/i.test(text),
)
