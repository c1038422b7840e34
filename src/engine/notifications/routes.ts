import type { Route, ShownRoute } from '../../shared/channels.ts'
import type { IncidentExtent } from '../alarms/changedIncidents.ts'

const minuteMs = 60_000

export interface RoutesDeps {
  /** Tags of a server, used by routes as a filter. */
  readonly tagsOf: (serverId: string) => readonly string[]
  /** Returns a function that tells whether a time lies within the weekly hours. */
  readonly weeklyHours: (weekly: readonly string[], zone: string) => (at: number) => boolean
}

/** A route in force. `entered`: the route as entered in the console; omitted or null: it comes from the configuration file. */
export interface RouteInForce extends Route {
  readonly entered?: ShownRoute['entered']
}

/** Determines which channels are notified of an incident. */
export interface Routes {
  readonly channels: (extent: IncidentExtent, at: number) => Iterable<string>
  /** Channels of routes that fit and are closed now. */
  readonly closedTo: (extent: IncidentExtent, at: number) => Iterable<string>
  readonly shown: (at: number) => ShownRoute[]
  /** Further channels to notify if nobody has acknowledged the incident within this time, ms. */
  readonly escalations: (extent: IncidentExtent, at: number) => ReadonlyMap<string, number>
  /** How often channels that were notified of the incident are reminded of it while nobody has acknowledged it, ms. */
  readonly reminders: (extent: IncidentExtent, at: number) => ReadonlyMap<string, number>
  /** Whether any route is limited to certain times, escalates or reminds. */
  readonly areTimed: boolean
  /** All channels to which incidents may be escalated, or that are reminded of them. */
  readonly laterTo: readonly string[]
  /** Channels of routes whose hours have begun since the last call; null: none. Call `seen` when their messages have been stored. */
  readonly opened: (
    at: number,
  ) => { readonly names: readonly string[]; readonly channels: (extent: IncidentExtent) => Iterable<string>; readonly seen: () => void } | null
}

export function createRoutes(routes: readonly RouteInForce[], { tagsOf, weeklyHours }: RoutesDeps): Routes {
  const timed = routes.map((route) => ({
    route,
    isOpen: route.times === undefined ? null : weeklyHours(route.times.weekly, route.times.zone),
    wasOpen: false,
  }))
  const fits = ({ severities, tags }: Route, { severity, owners }: IncidentExtent): boolean =>
    severity !== null && (severities?.includes(severity) ?? true) && (tags === undefined || owners.flatMap(tagsOf).some((tag) => tags.includes(tag)))
  const inForce = (extent: IncidentExtent, at: number): readonly Route[] =>
    timed.filter(({ route, isOpen }) => (isOpen?.(at) ?? true) && fits(route, extent)).map(({ route }) => route)
  return {
    channels: (extent, at) => inForce(extent, at).flatMap(({ to }) => to),
    closedTo: (extent, at) => timed.flatMap(({ route, isOpen }) => (isOpen !== null && !isOpen(at) && fits(route, extent) ? route.to : [])),
    shown: (at) =>
      timed.map(({ route: { to, severities, tags, times, escalate, remindMinutes = null, entered = null }, isOpen }, place) => ({
        place,
        to: [...to],
        severities: severities === undefined ? null : [...severities],
        tags: tags === undefined ? null : [...tags],
        times: times === undefined ? null : { ...times, weekly: [...times.weekly] },
        isOpen: isOpen?.(at) ?? true,
        escalate: escalate === undefined ? null : { ...escalate, to: [...escalate.to] },
        remindMinutes,
        entered,
      })),
    escalations: (extent, at) => soonest(inForce(extent, at).map(({ escalate }) => [escalate?.afterMinutes, escalate?.to])),
    reminders: (extent, at) => soonest(inForce(extent, at).map((route) => [route.remindMinutes, toldBy(route)])),
    areTimed: routes.some(({ times, escalate, remindMinutes }) => (times ?? escalate ?? remindMinutes) !== undefined),
    laterTo: routes.flatMap((route) => (route.remindMinutes === undefined ? (route.escalate?.to ?? []) : toldBy(route))),
    opened: (at) => {
      const open = new Map(timed.map((one) => [one, one.isOpen?.(at) ?? false]))
      const opened = timed.filter((one) => open.get(one) === true && !one.wasOpen)
      const seen = () => {
        for (const [one, isOpen] of open) one.wasOpen = isOpen
      }
      if (opened.length > 0) {
        const channels = (extent: IncidentExtent) => opened.filter(({ route }) => fits(route, extent)).flatMap(({ route }) => route.to)
        return { names: [...new Set(opened.flatMap(({ route }) => route.to))], channels, seen }
      }
      seen()
      return null
    },
  }
}

const toldBy = ({ to, escalate }: Route): readonly string[] => [...to, ...(escalate?.to ?? [])]

/** The shortest of the times at which each channel is named, ms. */
function soonest(named: readonly (readonly [minutes: number | undefined, channels: readonly string[] | undefined])[]): ReadonlyMap<string, number> {
  const afterMs = new Map<string, number>()
  for (const [minutes, channels] of named)
    if (minutes !== undefined) for (const name of channels ?? []) afterMs.set(name, Math.min(afterMs.get(name) ?? Number.POSITIVE_INFINITY, minutes * minuteMs))
  return afterMs
}
