// pino-roll brings no types of its own; this is the part of it that log.ts uses.
declare module 'pino-roll' {
  interface RollingFile {
    write(line: string): boolean
    end(): void
    on(event: 'error', listener: (error: Error) => void): this
    once(event: 'close', listener: () => void): this
  }
  export default function roll(options: {
    readonly file: string
    readonly extension?: string
    readonly size?: string
    readonly limit?: { readonly count: number }
    readonly mode?: number
  }): Promise<RollingFile>
}
