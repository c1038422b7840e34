/** Stands here until the page is built. */
export const OverviewPage = () => <h1>Overview</h1>
