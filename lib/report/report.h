/* The door of the room `report`: one HTML page out of a study. All of it is public: journey/report.h. */
#ifndef JN_REPORT_H
#define JN_REPORT_H

#include "journey/report.h"

#endif
