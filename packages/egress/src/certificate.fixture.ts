/**
 * A certificate for hooks.example.com that signs itself, and its key, which guards nothing: for tests of TLS. Valid for a hundred
 * years. Made with `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500`.
 */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBrjCCAVOgAwIBAgIUCke6qFx1mIy+zJNVldkkOg653howCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRaG9va3MuZXhhbXBsZS5jb20wIBcNMjYxMTI0MDQyNDI3WhgP
MjEyNjEwMzEwNDI0MjdaMBwxGjAYBgNVBAMMEWhvb2tzLmV4YW1wbGUuY29tMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAHb34HoA8OOnbWVK2O4bOV00YmavSzbn
hWFdrvsO5yDSTM8ROrM4P6GFcd0YqHMmYY1fZ5eIExOfSBp/EWkLoaNxMG8wHQYD
VR0OBBYEFJ0fd+R0obj+95yqdso+Wte1q5J8MB8GA1UdIwQYMBaAFJ0fd+R0obj+
95yqdso+Wte1q5J8MA8GA1UdEwEB/wQFMAMBAf8wHAYDVR0RBBUwE4IRaG9va3Mu
ZXhhbXBsZS5jb20wCgYIKoZIzj0EAwIDSQAwRgIhALMfiV25MaRrt1WKld1LtHAO
AMzzRBLXOq/hFvPlcTgOAiEA67kK364GllOfjIV9un8xcP77+niITjqBfjUOhPZn
S2E=
-----END CERTIFICATE-----`;

export const PRIVATE_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmlo2gMEsQMkL1ncC
tVilh0Yu4113L61TomBCdd7PYyuhRANCAAQAdvfgegDw46dtZUrY7hs5XTRiZq9L
NueFYV2u+w7nINJMzxE6szg/oYVx3RiocyZhjV9nl4gTE59IGn8RaQuh
-----END PRIVATE KEY-----`;
