import type { Panel } from './panels.ts'

/** A variable of a dashboard: the values of a label. `all`: several, or all of them, may be chosen. */
export interface Variable {
  readonly name: string
  readonly label: string
  /** `label_values(metric{…}, label)`. */
  readonly query: string
  readonly all?: boolean
}

export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
  /** Opened by a click, and only then asked for. */
  readonly isClosed?: boolean
}

export interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly variables: readonly Variable[]
  readonly rows: readonly Row[]
}

/** Of Grafana 12.2, whose classic form later ones read as well. */
const schemaVersion = 42
const datasource = { type: 'prometheus', uid: '$datasource' }
const columns = 24
const heights: Readonly<Record<Panel['kind'], number>> = { chart: 7, stat: 4, table: 8, states: 4 }

/** A dashboard in Grafana's classic JSON, which is imported as it is. */
export function grafanaJson({ uid, title, description, variables, rows }: Dashboard): object {
  return {
    uid,
    title,
    description,
    tags: ['mtxdeck'],
    editable: true,
    graphTooltip: 1,
    schemaVersion,
    timezone: 'browser',
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    timepicker: {},
    annotations: { list: [] },
    // From one of these dashboards to the others, with the same server and time.
    links: [{ type: 'dashboards', title: 'mtxdeck', tags: ['mtxdeck'], asDropdown: true, includeVars: true, keepTime: true, targetBlank: false }],
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', refresh: 1, hide: 0, includeAll: false, multi: false, regex: '' },
        ...variables.map(variableJson),
      ],
    },
    panels: placed(rows),
  }
}

const variableJson = ({ name, label, query, all = false }: Variable) => ({
  name,
  label,
  type: 'query',
  datasource,
  definition: query,
  query: { qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' },
  // With each change of the time, because servers and streams come and go.
  refresh: 2,
  sort: 1,
  hide: 0,
  regex: '',
  multi: all,
  includeAll: all,
  ...(all && { allValue: '.*', current: { text: ['All'], value: ['$__all'] } }),
})

function placed(rows: readonly Row[]): object[] {
  const panels: object[] = []
  let id = 0
  let y = 0
  for (const { title, panels: own, isClosed = false } of rows) {
    const row = { id: ++id, type: 'row', title, collapsed: isClosed, gridPos: { h: 1, w: columns, x: 0, y } }
    y++
    let x = 0
    let high = 0
    const inRow = own.map((panel) => {
      if (x + panel.width > columns) {
        y += high
        x = 0
        high = 0
      }
      const h = heights[panel.kind]
      const json = panelJson(panel, ++id, { h, w: panel.width, x, y })
      x += panel.width
      high = Math.max(high, h)
      return json
    })
    // What is within a closed row takes no place until it is opened.
    y = isClosed ? row.gridPos.y + 1 : y + high
    panels.push({ ...row, panels: isClosed ? inRow : [] }, ...(isClosed ? [] : inRow))
  }
  return panels
}

function panelJson(panel: Panel, id: number, gridPos: object): object {
  const isNow = panel.kind === 'stat' || panel.kind === 'table'
  return {
    id,
    type: { chart: 'timeseries', stat: 'stat', table: 'table', states: 'state-timeline' }[panel.kind],
    title: panel.title,
    description: panel.help,
    datasource,
    gridPos,
    targets: panel.targets.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource,
      expr,
      ...(isNow ? { instant: true, range: false } : { instant: false, range: true }),
      ...(panel.kind === 'table' ? { format: 'table' } : { legendFormat: legend === '' ? '__auto' : legend }),
    })),
    fieldConfig: { defaults: fieldDefaults(panel), overrides: [] },
    options: optionsOf(panel),
    // Columns that say nothing: which scrape it was, and that it is 1.
    ...(panel.kind === 'table' && {
      transformations: [
        { id: 'organize', options: { excludeByName: Object.fromEntries(['Time', 'Value', '__name__', 'instance', 'job'].map((name) => [name, true])) } },
      ],
    }),
  }
}

function fieldDefaults({ kind, unit, shape = 'line', isStacked = false, isTrouble = false, max, values }: Panel): object {
  const defaults = {
    unit,
    ...(max !== undefined && { min: 0, max }),
    ...(values && {
      mappings: [{ type: 'value', options: Object.fromEntries(Object.entries(values).map(([value, text], index) => [value, { text, index }])) }],
    }),
  }
  if (kind === 'table') return { ...defaults, custom: { align: 'auto', filterable: true } }
  if (kind === 'states') return { ...defaults, custom: { fillOpacity: 70, lineWidth: 0 } }
  if (kind === 'stat')
    return {
      ...defaults,
      color: { mode: 'thresholds' },
      thresholds: { mode: 'absolute', steps: [{ color: 'text', value: null }, ...(isTrouble ? [{ color: 'red', value: 1 }] : [])] },
    }
  return {
    ...defaults,
    color: isTrouble ? { mode: 'fixed', fixedColor: 'red' } : { mode: 'palette-classic' },
    custom: {
      drawStyle: shape === 'bars' ? 'bars' : 'line',
      lineInterpolation: shape === 'steps' ? 'stepAfter' : 'linear',
      lineWidth: 1,
      fillOpacity: shape === 'bars' ? 60 : isStacked ? 30 : 0,
      // A gap is not known, and stays a gap.
      spanNulls: false,
      showPoints: 'never',
      stacking: { mode: isStacked ? 'normal' : 'none', group: 'A' },
    },
  }
}

function optionsOf({ kind }: Panel): object {
  if (kind === 'table') return { showHeader: true, cellHeight: 'sm' }
  if (kind === 'states')
    return { showValue: 'auto', mergeValues: true, rowHeight: 0.9, legend: { displayMode: 'list', placement: 'bottom', showLegend: false } }
  if (kind === 'stat')
    return {
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      colorMode: 'value',
      graphMode: 'none',
      textMode: 'auto',
      justifyMode: 'auto',
    }
  return { legend: { displayMode: 'list', placement: 'bottom', showLegend: true }, tooltip: { mode: 'multi', sort: 'desc' } }
}
