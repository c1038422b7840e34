/** Dark on light, on the screen as on paper; contrasts are at least 4.5. */
export const dossierStyle = `
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#eceef1;color:#16191d;font:14px/1.45 Inter,"Segoe UI",system-ui,"Noto Sans","Noto Sans CJK SC","Malgun Gothic",sans-serif}
main{max-width:1160px;margin:24px auto;padding:32px 40px;background:#fff;box-shadow:0 1px 4px #0002}
h1{font-size:26px;line-height:1.2;margin:4px 0 12px;overflow-wrap:anywhere}
h2{font-size:17px;margin:30px 0 8px;padding-bottom:4px;border-bottom:1px solid #cfd4da;break-after:avoid}
h3{font-size:14px;margin:16px 0 6px;overflow-wrap:anywhere;break-after:avoid}
p{margin:6px 0;max-width:100ch;overflow-wrap:anywhere}
ul{margin:6px 0;padding-left:20px;overflow-wrap:anywhere}
.kind,.made,.none,.more,.legend,figcaption,dt{color:#535b65}
.kind{margin:0;font-size:12px}
.made,.legend{font-size:12px}
.sentence{font-size:16px}
.demo{font-weight:600;color:#8a3b00}
dl{display:flex;flex-wrap:wrap;gap:8px 28px;margin:14px 0}
dl div{max-width:100%}
dt{font-size:12px}
dd{margin:0;font-weight:600;overflow-wrap:anywhere}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:12.5px}
th{text-align:left;font-weight:600;color:#535b65;border-bottom:1px solid #b9c0c8}
th,td{padding:3px 12px 3px 0;vertical-align:top}
td{border-bottom:1px solid #e6e9ec;overflow-wrap:break-word;max-width:60ch}
td:has(time){width:1%;white-space:nowrap}
td:nth-child(n+6){max-width:26ch}
time{white-space:nowrap;font-variant-numeric:tabular-nums}
thead{display:table-header-group}
tr{break-inside:avoid}
.mark{white-space:nowrap}
.mark::before{content:"";display:inline-block;width:9px;height:9px;margin-right:6px;border-radius:50%;background:#8a919a}
.mark.critical::before{background:#c4162a;border-radius:0}
.mark.major::before{background:#d9480f}
.mark.minor::before{background:#c78a00}
.mark.warning::before{background:#8a919a}
.charts{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:10px 24px}
figure{margin:0;break-inside:avoid}
.chart figcaption{display:flex;justify-content:space-between;font-size:12px}
svg{display:block;width:100%;height:auto}
svg text{font-size:10px;fill:#535b65}
.band{fill:#1f5fa8;opacity:.18}
.line{fill:none;stroke:#1f5fa8;stroke-width:1.4}
.axis{stroke:#b9c0c8}
.gap{fill:#e3e6ea}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(240px,1fr));gap:14px}
.pictures img{display:block;width:100%;height:auto;background:#16191d}
.pictures figcaption{font-size:12px;overflow-wrap:anywhere}
code{font-size:12px}
@media (max-width:700px){main{margin:0;padding:16px}.charts{grid-template-columns:minmax(0,1fr)}}
@media print{
@page{size:A4;margin:14mm 12mm}
body{background:#fff;font-size:10.5pt}
main{max-width:none;margin:0;padding:0;box-shadow:none}
.wide{overflow:visible}
table{font-size:7.5pt}
td{overflow-wrap:anywhere;min-width:9ch}
td:nth-child(5){min-width:17ch}
td:has(time){width:auto;white-space:normal}
time{white-space:normal}
th,td{padding-right:6px}
.pictures{grid-template-columns:repeat(3,minmax(0,1fr))}
.screen{display:none}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`
