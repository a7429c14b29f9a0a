/**
 * Imported before Vega, whose loader still pulls in Node's `punycode`: the warning of that is for Vega's authors, and
 * would stand in every notebook and log.
 */
import process from "node:process";

process.noDeprecation = true;
