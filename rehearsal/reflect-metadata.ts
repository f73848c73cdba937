// @peculiar/x509 asks its dependency tsyringe for constructor types at load. It has none to tell, so empty answers do.
Object.assign(Reflect, {
  getMetadata: () => undefined,
  getOwnMetadata: () => undefined,
  defineMetadata: () => undefined,
});
