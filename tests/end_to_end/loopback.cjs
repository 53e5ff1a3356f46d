// Sends what an action asks of AWS to TFKEYLESS_STS: releases before v4.0.2 do not read AWS_ENDPOINT_URL.
const http = require("http");
const https = require("https");

const { hostname, port } = new URL(process.env.TFKEYLESS_STS);
https.request = ({ agent, host, ...options }, answered) =>
  http.request({ ...options, protocol: "http:", hostname, port }, answered);
