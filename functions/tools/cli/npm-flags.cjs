// Finds options that npm kept for itself. `npm run ops --dry-run -- erase …` sets npm_config_dry_run and passes no --dry-run to
// the program, which would write. CommonJS, because run.mjs imports it on any Node from 18, and Jest transforms TypeScript alone.

/** The options of the programs of other packages in package.json's scripts, whose definitions run.mjs cannot load. */
const OPTIONS_OF_PACKAGES = {
  // prettier-ignore
  firebase: [
    "--account", "--config", "--debug", "--dry-run", "--except", "--expires", "--force", "--interactive", "--json",
    "--message", "--no-authorized-domains", "--non-interactive", "--only", "--open", "--project", "--public", "--token",
  ],
  prettier: ["--check", "--list-different"],
};

/**
 * The options that npm kept, in the order of `options`: npm exports each as npm_config_NAME, and
 * `--no-NAME` as an empty one (@npmcli/config, lib/set-envs.js).
 * @param {readonly string[]} options long names, such as `--dry-run`
 * @param {readonly string[]} args the program's arguments
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string[]}
 */
function keptByNpm(options, args, environment) {
  return options.filter((option) => {
    const isNegative = option.startsWith("--no-");
    const value = environment[`npm_config_${option.slice(isNegative ? 5 : 2).replaceAll("-", "_")}`];
    if (value === undefined || (value === "") !== isNegative) return false;
    return !args.some((arg) => arg === option || arg.startsWith(`${option}=`));
  });
}

/**
 * The error message; null if npm kept none of the options.
 * @param {readonly string[]} options
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string | null}
 */
function refusalOf(options, args, environment) {
  const kept = keptByNpm(options, args, environment);
  if (kept.length === 0) return null;
  const script = environment["npm_lifecycle_event"] ?? "SCRIPT";
  const names = kept.map((option) => option.slice(2)).join(", ");
  return (
    `npm kept ${kept.join(", ")} for itself. Write -- first: npm run ${script} -- ${kept.join(" ")} … ` +
    `(If npm's own configuration sets ${names}, remove it there.)`
  );
}

module.exports = { OPTIONS_OF_PACKAGES, refusalOf };
