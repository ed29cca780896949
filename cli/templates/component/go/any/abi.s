// There is no assembly here: with this file, the compiler lets abi.go declare a function of the runtime's.
