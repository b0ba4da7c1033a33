# Command line and demo server, with everything inside.
#
#   docker build -t danna-sep .
#   docker run --rm -v "$PWD:/data" danna-sep split song.mp3 --out stems
#   docker run --rm -p 8080:8080 -p 8081:8081 -w /app --entrypoint npm danna-sep run demo
#
# test/docker/run-steps.sh runs these steps without a container engine.
FROM node:20-bookworm-slim
COPY . /app
RUN cd /app && npm ci --ignore-scripts --no-audit --no-fund
RUN cd /app && npm run build
ENV HOST=0.0.0.0
EXPOSE 8080 8081
WORKDIR /data
ENTRYPOINT ["node", "/app/dist/cli.js"]
CMD ["--help"]
