// Globals that every JavaScript runtime has but TypeScript declares only in its DOM and Node libraries. Only
// tsconfig.shared.json includes this file, so that nothing else from either library can slip into this layer.
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
