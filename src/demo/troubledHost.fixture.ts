import type { Timer } from '../clock/clock.ts'
import type { DemoFleet } from './demoFleet.fixture.ts'
import { DemoHost, readableKey } from './demoHosts.ts'
import { type MachineFigures, type MachineLoad, machine } from './demoWorkloads.ts'

/** Troubles of the machine that a server runs on. Its streams continue. */
export type MachineTrouble =
  /**
   * Minimum values of its figures, where given. Percentages are shares of capacity (network: of the link, inbound); `udpErrorsPerSecond` counts datagrams
   * lost in UDP buffers.
   */
  | {
      readonly kind: 'load'
      readonly cpuPercent?: number
      readonly memoryPercent?: number
      readonly diskPercent?: number
      readonly celsius?: number
      readonly networkPercent?: number
      readonly udpErrorsPerSecond?: number
      readonly forMs?: number
    }
  /** From now on its disk fills by `percentPerHour` of its size. */
  | { readonly kind: 'fills'; readonly percentPerHour: number }
  /** Its clock is set to differ from ours by `skewMs`. */
  | { readonly kind: 'clock'; readonly skewMs: number; readonly forMs?: number }
  /** It presents another host key to new connections; existing ones are cut. */
  | { readonly kind: 'otherKey' }
  /** It rejects the console's password; existing connections are cut. */
  | { readonly kind: 'wrongPassword'; readonly forMs?: number }
  /** SSH connections are cut and refused. */
  | { readonly kind: 'unreachable'; readonly forMs?: number }
  /** It reboots; its SSH port is closed for `downMs` (default 20,000). */
  | { readonly kind: 'reboot'; readonly downMs?: number }

/** A machine of the demo that something may befall. */
export class TroubledHost extends DemoHost {
  readonly #timers = new Set<Timer>()
  readonly #strains = new Set<Extract<MachineTrouble, { kind: 'load' }>>()
  #filling: { readonly percentPerHour: number; readonly since: number } | null = null

  override async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) this.clock.clearTimeout(timer)
    await super[Symbol.asyncDispose]()
  }
  protected override figures(load: MachineLoad): MachineFigures {
    const usual = super.figures(load)
    type Figure = 'cpuPercent' | 'memoryPercent' | 'diskPercent' | 'celsius' | 'networkPercent' | 'udpErrorsPerSecond'
    const least = (figure: Figure) => Math.max(0, ...[...this.#strains].map((strain) => strain[figure] ?? 0))
    const share = (figure: Figure, whole: number) => (least(figure) / 100) * whole
    const filling = this.#filling ?? { percentPerHour: 0, since: 0 }
    const filledBytes = (((this.clock.now() - filling.since) / 3_600_000) * filling.percentPerHour * machine.diskBytes) / 100
    return {
      ...usual,
      cpuPercent: Math.max(usual.cpuPercent, least('cpuPercent')),
      memoryUsedBytes: Math.max(usual.memoryUsedBytes, share('memoryPercent', machine.memoryBytes)),
      diskUsedBytes: Math.max(usual.diskUsedBytes + filledBytes, share('diskPercent', machine.diskBytes)),
      receivedBps: Math.max(usual.receivedBps, share('networkPercent', machine.linkMbps * 1e6)),
      udpErrorsPerSecond: least('udpErrorsPerSecond'),
      celsius: Math.max(usual.celsius, least('celsius')),
    }
  }

  trouble(what: MachineTrouble): void {
    const later = (ms: number | undefined, run: () => void) => {
      if (ms === undefined) return
      const timer = this.clock.setTimeout(() => {
        this.#timers.delete(timer)
        run()
      }, ms)
      this.#timers.add(timer)
    }
    switch (what.kind) {
      case 'load':
        this.#strains.add(what)
        later(what.forMs, () => this.#strains.delete(what))
        return
      case 'fills':
        this.#filling = { percentPerHour: what.percentPerHour, since: this.clock.now() }
        return
      case 'clock':
        this.skewMs = what.skewMs
        later(what.forMs, () => {
          this.skewMs = 0
        })
        return
      case 'otherKey':
        this.showing = this.sshServer(readableKey().private)
        break
      case 'wrongPassword':
        this.isPasswordRefused = true
        later(what.forMs, () => {
          this.isPasswordRefused = false
        })
        break
      default:
        if (what.kind === 'reboot') this.bootedAt = this.clock.now()
        this.isRefusing = true
        later(what.kind === 'reboot' ? (what.downMs ?? 20_000) : what.forMs, () => {
          this.isRefusing = false
        })
    }
    this.cutAll()
  }
}

/** What befalls the machine under this server, in a fleet with `hosts: TroubledHost`. */
export function troubleMachine({ machines }: Pick<DemoFleet, 'machines'>, serverName: string, what: MachineTrouble): void {
  const host = machines.find(({ server }) => server.name === serverName)
  if (!(host instanceof TroubledHost)) throw new Error(`the demo has no machine under ${serverName} that something may befall`)
  host.trouble(what)
}
