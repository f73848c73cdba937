/** Where files are put in the imports bucket of a stage; each kind has its own prefix and its own end. */
export const IMPORTS = {
  /** BIN catalogues as finance sends them. */
  binUploads: 'bins/uploads/',
  /** Catalogues as they were imported, and what was said of them: kept as long as evidence. */
  binVersions: 'bins/versions/',
  /** Manifests of users and cards: personal data. */
  usersCards: 'users-cards/',
  /** PayCA's statements of fees. */
  statements: 'statements/',
} as const;
