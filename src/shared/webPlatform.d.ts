// What every JavaScript runtime has and TypeScript's own libraries leave to DOM and Node. Seen by
// tsconfig.shared.json alone, so that nothing else of either can slip into this layer.
declare class URL {
  constructor(url: string, base?: string)
  hash: string
  host: string
  hostname: string
  href: string
  readonly origin: string
  password: string
  pathname: string
  port: string
  protocol: string
  search: string
  username: string
}
