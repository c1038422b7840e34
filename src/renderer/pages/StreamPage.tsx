/** Stands here until the page is built. */
export const StreamPage = () => <h1>Stream</h1>
