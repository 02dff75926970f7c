// jsmodbus: all blocks of a batch are requested at once, so answers must keep their order.
"use strict";
const net = require("net");
const jsmodbus = require("jsmodbus");
const { version } = require("jsmodbus/package.json");

const BATCH = 5;

async function main(job) {
    const socket = new net.Socket();
    const client = new jsmodbus.client.TCP(socket, job.unit, job.timeout * 1000);
    await new Promise((resolve, reject) => {
        socket.once("connect", resolve);
        socket.once("error", reject);
        socket.connect({ host: job.host, port: job.port });
    });
    const read = {
        input: (address, count) => client.readInputRegisters(address - 1, count),
        holding: (address, count) => client.readHoldingRegisters(address - 1, count),
    };
    const blocks = [];
    const notes = [];
    const take = async (table, address, count) => {
        try {
            const { response } = await read[table](address, count);
            blocks.push({ table, address, words: Array.from(response.body.valuesAsArray) });
        } catch (error) {
            notes.push(`${table}:${address}+${count}: ${error.err || ""} ${error.message}`);
        }
    };
    for (let first = 0; first < job.blocks.length; first += BATCH) {
        await Promise.all(job.blocks.slice(first, first + BATCH).map((block) => take(...block)));
    }
    for (const [address, values] of job.writes || []) {
        if (values.length === 1) {
            await client.writeSingleRegister(address - 1, values[0]);
        } else {
            await client.writeMultipleRegisters(address - 1, values);
        }
        await take("holding", address, values.length);
    }
    socket.end();
    console.log(JSON.stringify({ client: "jsmodbus", version, library: "", blocks, notes }));
}

main(JSON.parse(process.argv[2])).catch((error) => {
    console.error(error);
    process.exit(1);
});
