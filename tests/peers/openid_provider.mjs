// A certified OpenID provider (npm: oidc-provider) with one client, one key of each kind and its own sign-in page.
// node openid_provider.mjs MODULE-FOLDER REDIRECT-URI -> prints its address.
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const [modules, redirect] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(`${modules}/oidc-provider/lib/index.js`));

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: "lading", client_secret: "a secret", redirect_uris: [redirect] }],
    claims: { openid: ["sub"], profile: ["preferred_username", "groups"] },
    conformIdTokenClaims: false,
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: id, groups: ["grp-dev", "grp-all"] }),
    }),
    cookies: { keys: ["for this run only"] },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
