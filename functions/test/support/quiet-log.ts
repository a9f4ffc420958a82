// Runs before each test file (jest.config.json). Log lines are for operators; a test that checks them sets another
// level.
process.env["LOG_LEVEL"] = "ERROR";
