// modbus-serial over TCP: read the blocks one after the other, write and read back.
"use strict";
const ModbusRTU = require("modbus-serial");
const { version } = require("modbus-serial/package.json");

async function main(job) {
    const client = new ModbusRTU();
    await client.connectTCP(job.host, { port: job.port });
    client.setID(job.unit);
    client.setTimeout(job.timeout * 1000);
    const read = {
        input: (address, count) => client.readInputRegisters(address - 1, count),
        holding: (address, count) => client.readHoldingRegisters(address - 1, count),
    };
    const blocks = [];
    const notes = [];
    const take = async (table, address, count) => {
        try {
            const answer = await read[table](address, count);
            blocks.push({ table, address, words: answer.data });
        } catch (error) {
            notes.push(`${table}:${address}+${count}: ${error.message}`);
        }
    };
    for (const block of job.blocks) {
        await take(...block);
    }
    for (const [address, values] of job.writes || []) {
        if (values.length === 1) {
            await client.writeRegister(address - 1, values[0]);
        } else {
            await client.writeRegisters(address - 1, values);
        }
        await take("holding", address, values.length);
    }
    await new Promise((resolve) => client.close(resolve));
    console.log(JSON.stringify({ client: "modbus-serial", version, library: "", blocks, notes }));
}

main(JSON.parse(process.argv[2])).catch((error) => {
    console.error(error);
    process.exit(1);
});
