/* Starts the viewer of /openapi.json. The key that is typed in stays in this page: it is not
   persisted, so that a shared browser does not keep it. */

const viewer = globalThis.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#viewer",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: false,
  tryItOutEnabled: false,
  // Swagger UI would send the document to its maker's validator and show a badge.
  validatorUrl: null,
});

export default viewer;
